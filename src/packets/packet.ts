// 2.2.1 MQTT Control Packet type, and what every packet's page offers.
import type { Reader, Writer } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';

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

/** Quality of Service (4.3): at most once, at least once, exactly once. */
export type QoS = 0 | 1 | 2;

/** How a packet is written; {@link PacketDecoder} is the inverse. Two objects, so that a bundler can drop one. */
export interface PacketEncoder<P> {
  /** Refuses what the standard forbids: runs before `write`, and after `read`. */
  check(packet: P): void;
  /** The Remaining Length, in bytes. */
  length(packet: P): number;
  /** Writes exactly that many bytes. */
  write(writer: Writer, packet: P): void;
}

export interface PacketDecoder<P> {
  check(packet: P): void;
  /** Reads what `write` wrote. Rules that only the wire can break live here. */
  read(reader: Reader, firstByte: number): P;
}

/** 2.3.1 */
export function checkPacketId(packetId: number): void {
  if (packetId !== (packetId & 0xffff) || packetId === 0)
    throw new ProtocolError('MQTT-2.3.1-1', `packet identifier must be 1 to 65535, not ${packetId}`);
}
