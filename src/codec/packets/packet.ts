// 2.2.1 MQTT Control Packet type, and what every packet's page offers.
import { checkInteger, type Reader } from '../bytes.ts';
import { type Clause, ProtocolError } from '../error.ts';

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

// the same, one by one: where these are used, bundlers write the number
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

/** How a packet is written; {@link PacketDecoder} is the inverse. Two objects, so that a bundler can drop one. */
export interface PacketEncoder<P> {
  /** Refuses what the standard forbids, and returns the Remaining Length of what it allows. */
  check(packet: P): number;
  /** Writes exactly that many bytes, and returns the offset behind them. */
  write(packet: P, target: Uint8Array, offset: number): number;
}

export interface PacketDecoder<P> {
  /** The same: what was read is held against it, and against the length it came with. */
  check(packet: P): number;
  /** Reads what `write` wrote. Rules that only the wire can break live here. */
  read(reader: Reader, firstByte: number): P;
}

/** 2.3.1 */
export function checkPacketId(packetId: number): void {
  checkInteger('MQTT-2.3.1-1', 'packetId', packetId, 1, 0xffff);
}

export function checkQos(clause: Clause, qos: number): void {
  checkInteger(clause, 'qos', qos, 0, 2);
}

/** A list that has something in it: SUBSCRIBE, SUBACK, UNSUBSCRIBE. */
export function checkNotEmpty(clause: Clause, field: string, list: readonly unknown[]): void {
  if (list.length === 0) throw new ProtocolError(clause, `${field} is empty`);
}
