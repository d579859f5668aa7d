// What passes between the clients and the broker, a line for each packet, for people who learn MQTT.
import { type Packet, PacketType, type PublishPacket } from '../codec/codec.ts';
import { visible } from '../explain/visible.ts';
import type { Broker } from '../testing/testing.ts';

/** Columns of a client identifier, unless a longer one has come. */
const LEAST_WIDTH = 8;
/** Columns of "UNSUBSCRIBE". */
const NAME_WIDTH = 11;
/** Columns of "id 65535" and a gap. */
const ID_WIDTH = 10;
/** Characters of a message that are shown. */
const SHOWN = 40;

/** Prints every packet as it arrives, and what becomes of sessions and connections. */
export function trace(broker: Broker, print: (line: string) => void): void {
  let width = LEAST_WIDTH;
  const tell = (clientId: string | undefined, arrow: string, words: string) => {
    const name = visible(clientId ?? '?');
    width = Math.max(width, name.length);
    print(`${name.padEnd(width)}  ${arrow}  ${visible(words)}`.trimEnd());
  };
  broker.on('packet', ({ clientId, direction, packet, fate }) => {
    if (fate !== 'delivered' && fate !== 'lost') return;
    const words = packet
      ? `${NAMES[packet.type]!.padEnd(NAME_WIDTH)}  ${detailsOf(packet)}`
      : 'bytes that are not a packet';
    tell(clientId, direction === 'up' ? '->' : '<-', fate === 'lost' ? `${words.trimEnd()}  (lost)` : words);
  });
  broker.on('session', ({ clientId, change, topic }) => {
    if (change !== 'subscribed' && change !== 'unsubscribed') tell(clientId, '--', `session ${change} ${topic ?? ''}`);
  });
  broker.on('connection', ({ clientId, state }) => {
    if (state === 'closed') tell(clientId, '--', 'connection closed');
  });
}

const NAMES = Object.fromEntries(Object.entries(PacketType).map(([name, type]) => [type, name]));

/** By return code (3.2.2.3). */
const VERDICTS = [
  'accepted',
  'refused: unacceptable protocol version',
  'refused: client id rejected',
  'refused: server unavailable',
  'refused: bad user name or password',
  'refused: not authorized',
];

function detailsOf(packet: Packet): string {
  switch (packet.type) {
    case PacketType.CONNECT: {
      const { cleanSession, keepAlive, username, will } = packet;
      const session = cleanSession ? 'clean session' : 'session to be kept';
      const user = username === undefined ? '' : `, user ${username}`;
      const last = will ? `, will on ${will.topic}` : '';
      return `${session}, keep alive ${keepAlive} s${user}${last}`;
    }
    case PacketType.CONNACK:
      return `${VERDICTS[packet.returnCode]}${packet.sessionPresent ? ', session present' : ''}`;
    case PacketType.PUBLISH:
      return messageOf(packet);
    case PacketType.PUBACK:
      return `${idOf(packet)}the message has arrived; done`;
    case PacketType.PUBREC:
      return `${idOf(packet)}the message has arrived; send it no more`;
    case PacketType.PUBREL:
      return `${idOf(packet)}it will not be sent again; forget the id`;
    case PacketType.PUBCOMP:
      return `${idOf(packet)}the id is free again; done`;
    case PacketType.SUBSCRIBE: {
      const asked = packet.subscriptions.map(({ topicFilter, qos }) => `${topicFilter} with QoS ${qos}`);
      return `${idOf(packet)}${asked.join(', ')}`;
    }
    case PacketType.SUBACK: {
      const granted = packet.returnCodes.map((code) => (code === 0x80 ? 'refused' : `granted QoS ${code}`));
      return `${idOf(packet)}${granted.join(', ')}`;
    }
    case PacketType.UNSUBSCRIBE:
      return `${idOf(packet)}${packet.topicFilters.join(', ')}`;
    case PacketType.UNSUBACK:
      return idOf(packet);
    default:
      return '';
  }
}

/** A message of QoS 0 has none: its columns stay empty. */
const idOf = ({ packetId }: { readonly packetId: number }) => (packetId > 0 ? `id ${packetId}` : '').padEnd(ID_WIDTH);

function messageOf(packet: PublishPacket): string {
  const { qos, retain, dup, topic, payload } = packet;
  const flags = `${retain ? ' retain' : ''}${dup ? ' dup' : ''}`;
  return `${idOf(packet)}QoS ${qos}${flags}  ${topic}  ${shown(payload)}`;
}

/** As text, if it is text. */
function shown(payload: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    const isLong = text.length > SHOWN;
    return JSON.stringify(isLong ? text.slice(0, SHOWN) : text) + (isLong ? `… ${payload.length} bytes` : '');
  } catch {
    return `${payload.length} bytes`;
  }
}
