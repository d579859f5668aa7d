// A packet in a few words: its type, and what tells it from others of its type.

import { REFUSALS } from '../client/error.ts';
import { Decoder, type Packet, PacketType } from '../codec/codec.ts';
import type { Part } from './packets.ts';

/** Table 2.1 */
export function nameOfType(type: number): string {
  const names = Object.keys(PacketType) as (keyof typeof PacketType)[];
  return names.filter((name) => PacketType[name] === type)[0] ?? 'reserved';
}

/** Characters; a SUBSCRIBE may have thousands of filters. */
const LONGEST = 200;

/** `PUBLISH a/b, QoS 1, id 10`; a broken packet has its type alone. */
export function nameOfPart(bytes: Uint8Array, { start, end, error }: Part): string {
  const type = nameOfType(bytes[start]! >> 4);
  if (error !== undefined) return `${type}, broken`;
  const decoder = new Decoder();
  decoder.push(bytes.subarray(start, end));
  const details = detailsOf(decoder.read()!);
  return `${type} ${details.length > LONGEST ? `${details.slice(0, LONGEST)} …` : details}`.trimEnd();
}

export function detailsOf(packet: Packet): string {
  switch (packet.type) {
    case PacketType.CONNECT:
      return `${packet.clientId || 'no client id'}, keep alive ${packet.keepAlive} s`;
    case PacketType.CONNACK:
      return packet.returnCode === 0 ? sessionOf(packet.sessionPresent) : REFUSALS[packet.returnCode - 1]!;
    case PacketType.PUBLISH: {
      const { dup, qos, retain, packetId, topic } = packet;
      const flags = [`QoS ${qos}`, packetId > 0 && `id ${packetId}`, dup && 'DUP', retain && 'RETAIN'];
      return `${topic}, ${flags.filter(Boolean).join(', ')}`;
    }
    case PacketType.SUBSCRIBE:
      return `id ${packet.packetId}, ${packet.subscriptions.map(({ topicFilter }) => topicFilter).join(', ')}`;
    case PacketType.SUBACK:
      return `id ${packet.packetId}, ${packet.returnCodes.map((code) => (code === 0x80 ? 'failure' : `QoS ${code}`)).join(', ')}`;
    case PacketType.UNSUBSCRIBE:
      return `id ${packet.packetId}, ${packet.topicFilters.join(', ')}`;
    case PacketType.PINGREQ:
    case PacketType.PINGRESP:
    case PacketType.DISCONNECT:
      return '';
    default:
      return `id ${packet.packetId}`;
  }
}

function sessionOf(isPresent: boolean): string {
  return isPresent ? 'accepted, session present' : 'accepted';
}
