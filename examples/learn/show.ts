// What the lessons print with.
import type { Clock } from 'mqtt311/client';
import { type Packet, PacketType } from 'mqtt311/codec';

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** A packet in one line, such as `PUBLISH 7, QoS 1, DUP`. */
export function line(packet: Packet): string {
  const name = Object.keys(PacketType)[packet.type - 1]!;
  const number = 'packetId' in packet && packet.packetId > 0 ? ` ${packet.packetId}` : '';
  if (packet.type !== PacketType.PUBLISH) return `${name}${number}`;
  return `${name}${number}, QoS ${packet.qos}${packet.dup ? ', DUP' : ''}`;
}

/** The platform's time without its chance: packet identifiers begin at 1. */
export const withoutChance: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as undefined),
  random: () => 0,
};
