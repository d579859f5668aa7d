// Packets and spans of time, in a few words.

import { textOf } from '#text';
import { REFUSALS } from '../src/client/error.ts';
import { type Packet, PacketType } from '../src/codec/codec.ts';
import { nameOfType } from './field.ts';
import { bytesOf } from './hex.ts';

/** What tells this packet from others of its type. */
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

export function nameOf(packet: Packet | undefined): string {
  return packet === undefined ? 'not MQTT' : nameOfType(packet.type);
}

/** As text, or how many bytes. */
export function payloadOf(payload: Uint8Array): string {
  return textOf(payload) ?? bytesOf(payload.length);
}

/** Milliseconds as seconds. */
export function seconds(milliseconds: number, digits = 1): string {
  return `${(Math.max(milliseconds, 0) / 1000).toFixed(digits)} s`;
}
