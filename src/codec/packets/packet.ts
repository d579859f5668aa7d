// 2.2.1 MQTT Control Packet type, and 2.3.1 Packet Identifier: what several packets share.
import { integer } from '../check.ts';
import { type Clause, refuse } from '../error.ts';
import { readUint16 } from '../read.ts';
import { putUint16, type Target } from '../write.ts';

/** Table 2.1 */
export const PacketType = {
  CONNECT: 1,
  CONNACK: 2,
  PUBLISH: 3,
  PUBACK: 4,
  PUBREC: 5,
  PUBREL: 6,
  PUBCOMP: 7,
  SUBSCRIBE: 8,
  SUBACK: 9,
  UNSUBSCRIBE: 10,
  UNSUBACK: 11,
  PINGREQ: 12,
  PINGRESP: 13,
  DISCONNECT: 14,
} as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

// The same, one by one: bundlers replace each of these by its number.
export const CONNECT: typeof PacketType.CONNECT = 1;
export const CONNACK: typeof PacketType.CONNACK = 2;
export const PUBLISH: typeof PacketType.PUBLISH = 3;
export const PUBACK: typeof PacketType.PUBACK = 4;
export const PUBREC: typeof PacketType.PUBREC = 5;
export const PUBREL: typeof PacketType.PUBREL = 6;
export const PUBCOMP: typeof PacketType.PUBCOMP = 7;
export const SUBSCRIBE: typeof PacketType.SUBSCRIBE = 8;
export const SUBACK: typeof PacketType.SUBACK = 9;
export const UNSUBSCRIBE: typeof PacketType.UNSUBSCRIBE = 10;
export const UNSUBACK: typeof PacketType.UNSUBACK = 11;
export const PINGREQ: typeof PacketType.PINGREQ = 12;
export const PINGRESP: typeof PacketType.PINGRESP = 13;
export const DISCONNECT: typeof PacketType.DISCONNECT = 14;

/** Quality of Service (4.3): at most once, at least once, exactly once. */
export type QoS = 0 | 1 | 2;

/**
 * Puts the body of a packet at an offset and returns the offset behind it. Without a target it checks and measures:
 * it throws ProtocolError or TypeError for a packet that the standard forbids.
 *
 * An encoder calls it twice, to measure and to write. A decoder calls it once, on what it has read: so every rule
 * about a packet's meaning has one home. Texts alone are checked while they are read.
 */
export type PutBody<P> = (target: Target, offset: number, packet: P) => number;

/**
 * Reads a body of `length` bytes. It checks texts, and rules that no packet object can break, such as a reserved bit.
 */
export type ReadBody<P> = (firstByte: number, length: number) => P;

export const putPacketId: PutBody<{ readonly packetId: number }> = (target, offset, { packetId }) =>
  putUint16(target, offset, integer(packetId, 1, 0xffff, 'MQTT-2.3.1-1', 'packetId'));

/** A Packet Identifier, and then the list in one field of the packet, which must not be empty. */
export const putList = <F extends string, T>(
  target: Target,
  offset: number,
  packet: { readonly packetId: number } & { readonly [field in F]: readonly T[] },
  field: F,
  putItem: PutBody<T>,
  clause: Clause,
): number => {
  offset = putPacketId(target, offset, packet);
  if (packet[field].length === 0) refuse(clause, field, 'be empty');
  for (const item of packet[field]) offset = putItem(target, offset, item);
  return offset;
};

export const readPacketId = (): number => readUint16('packetId');
