// A form for each of the fourteen packets.

import { REFUSALS } from '../src/client/error.ts';
import {
  type ConnackPacket,
  type ConnectPacket,
  type Packet,
  PacketType,
  type PublishPacket,
  type QoS,
  type SubackPacket,
  type SubackReturnCode,
  type SubscribePacket,
  type UnsubscribePacket,
  type Will,
} from '../src/codec/codec.ts';
import { binary, type Control, choice, flag, group, number, optional, several, text } from './control.ts';

type Fields<P> = Omit<P, 'type'>;

/** Controls that hold a packet, and read it back: an illegal one too. */
export function packetForm(packet: Packet): Control<Packet> {
  const { element, read } = fieldsOf(packet);
  return { element, read: () => ({ type: packet.type, ...read() }) as Packet };
}

function fieldsOf(packet: Packet): Control<object> {
  switch (packet.type) {
    case PacketType.CONNECT:
      return connect(packet);
    case PacketType.CONNACK:
      return connack(packet);
    case PacketType.PUBLISH:
      return publish(packet);
    case PacketType.SUBSCRIBE:
      return subscribe(packet);
    case PacketType.SUBACK:
      return suback(packet);
    case PacketType.UNSUBSCRIBE:
      return unsubscribe(packet);
    case PacketType.PINGREQ:
    case PacketType.PINGRESP:
    case PacketType.DISCONNECT:
      return group({});
    default:
      return group({ packetId: packetId(packet) });
  }
}

const QOS: readonly (readonly [QoS, string])[] = [
  [0, '0, at most once'],
  [1, '1, at least once'],
  [2, '2, exactly once'],
];

const packetId = (packet: { readonly packetId: number }, hint?: string) =>
  number('Packet Identifier', packet.packetId, hint);

function connect({ clientId, cleanSession, keepAlive, username, password, will }: ConnectPacket) {
  return group<Fields<ConnectPacket>>({
    clientId: text('Client Identifier', clientId),
    cleanSession: flag('Clean Session', cleanSession),
    keepAlive: number('Keep Alive, in seconds', keepAlive),
    will: optional('A will', will !== undefined, willForm(will ?? NO_WILL)),
    username: optional('A user name', username !== undefined, text('User Name', username ?? '')),
    password: optional('A password', password !== undefined, binary('Password', password ?? NOTHING)),
  });
}

const NOTHING = new Uint8Array();
const NO_WILL: Will = { topic: 'devices/lamp/status', payload: NOTHING, qos: 0, retain: false };

function willForm({ topic, payload, qos, retain }: Will): Control<Will> {
  return group<Will>({
    topic: text('Will Topic', topic),
    payload: binary('Will Message', payload),
    qos: choice('Will QoS', qos, QOS),
    retain: flag('Will Retain', retain),
  });
}

function connack({ sessionPresent, returnCode }: ConnackPacket) {
  const codes = ['accepted', ...REFUSALS].map((name, code) => [code, `${code}, ${name}`] as const);
  return group<Fields<ConnackPacket>>({
    sessionPresent: flag('Session Present', sessionPresent),
    returnCode: choice('Connect Return code', returnCode, codes),
  });
}

function publish(packet: PublishPacket) {
  const qos = choice('QoS', packet.qos, QOS);
  return group<Fields<PublishPacket>>({
    topic: text('Topic Name', packet.topic),
    payload: binary('Application Message', packet.payload),
    qos,
    packetId: publishId(packet, qos),
    dup: flag('DUP, sent before', packet.dup),
    retain: flag('RETAIN', packet.retain),
  });
}

/** With QoS 0 there is none, and 0 stands for that. */
function publishId({ packetId: id }: PublishPacket, qos: Control<QoS>): Control<number> {
  const { element, read } = packetId({ packetId: id || 1 }, 'only with QoS 1 and 2');
  const input = element.querySelector('input')!;
  const follow = () => {
    input.disabled = qos.read() === 0;
  };
  qos.element.addEventListener('input', follow);
  follow();
  return { element, read: () => (qos.read() === 0 ? 0 : read()) };
}

function subscribe(packet: SubscribePacket) {
  const fresh = { topicFilter: '#', qos: 0 as QoS };
  return group<Fields<SubscribePacket>>({
    packetId: packetId(packet),
    subscriptions: several('filter', packet.subscriptions, fresh, ({ topicFilter, qos }) =>
      group({ topicFilter: text('Topic Filter', topicFilter), qos: choice('Requested QoS', qos, QOS) }),
    ),
  });
}

function suback(packet: SubackPacket) {
  const codes: (readonly [SubackReturnCode, string])[] = [...QOS, [0x80, '128, failure']];
  return group<Fields<SubackPacket>>({
    packetId: packetId(packet),
    returnCodes: several('return code', packet.returnCodes, 0 as SubackReturnCode, (code) =>
      choice('Return Code', code, codes),
    ),
  });
}

function unsubscribe(packet: UnsubscribePacket) {
  return group<Fields<UnsubscribePacket>>({
    packetId: packetId(packet),
    topicFilters: several('filter', packet.topicFilters, '#', (filter) => text('Topic Filter', filter)),
  });
}
