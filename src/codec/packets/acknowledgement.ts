/*
 * 3.4 PUBACK, 3.5 PUBREC, 3.6 PUBREL, 3.7 PUBCOMP, 3.11 UNSUBACK: five packets, one body.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  type                0    0    P    0       type 4, 5, 6, 7 or 11; P is 1 in PUBREL alone
 * byte 2  0    0    0    0    0    0    1    0       Remaining Length 2
 * byte 3  Packet Identifier MSB
 * byte 4  Packet Identifier LSB
 */
import { type Reader, writeUint16 } from '../bytes.ts';
import {
  checkPacketId,
  type PacketDecoder,
  type PacketEncoder,
  type PacketType,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  UNSUBACK,
} from './packet.ts';

type AcknowledgementType =
  | typeof PacketType.PUBACK
  | typeof PacketType.PUBREC
  | typeof PacketType.PUBREL
  | typeof PacketType.PUBCOMP
  | typeof PacketType.UNSUBACK;

interface Acknowledgement<T extends AcknowledgementType> {
  readonly type: T;
  /** Of the packet that is acknowledged, 1 to 65,535. */
  readonly packetId: number;
}

export interface PubackPacket extends Acknowledgement<typeof PacketType.PUBACK> {}
export interface PubrecPacket extends Acknowledgement<typeof PacketType.PUBREC> {}
export interface PubrelPacket extends Acknowledgement<typeof PacketType.PUBREL> {}
export interface PubcompPacket extends Acknowledgement<typeof PacketType.PUBCOMP> {}
export interface UnsubackPacket extends Acknowledgement<typeof PacketType.UNSUBACK> {}
export type AcknowledgementPacket = PubackPacket | PubrecPacket | PubrelPacket | PubcompPacket | UnsubackPacket;

/** QoS 1: the message is taken. */
export function puback(packetId: number): PubackPacket {
  return { type: PUBACK, packetId };
}

/** QoS 2, first answer: the message is received. */
export function pubrec(packetId: number): PubrecPacket {
  return { type: PUBREC, packetId };
}

/** QoS 2, the sender's second step: the message is released. */
export function pubrel(packetId: number): PubrelPacket {
  return { type: PUBREL, packetId };
}

/** QoS 2, last answer: the exchange is complete. */
export function pubcomp(packetId: number): PubcompPacket {
  return { type: PUBCOMP, packetId };
}

/** The answer to an UNSUBSCRIBE. */
export function unsuback(packetId: number): UnsubackPacket {
  return { type: UNSUBACK, packetId };
}

function check({ packetId }: AcknowledgementPacket): number {
  checkPacketId(packetId);
  return 2;
}

function write({ packetId }: AcknowledgementPacket, target: Uint8Array, offset: number): number {
  return writeUint16(packetId, target, offset);
}

function read(reader: Reader, firstByte: number): AcknowledgementPacket {
  return { type: (firstByte >> 4) as AcknowledgementType, packetId: reader.uint16('packetId') };
}

export const acknowledgementEncoder: PacketEncoder<AcknowledgementPacket> = { check, write };
export const acknowledgementDecoder: PacketDecoder<AcknowledgementPacket> = { check, read };
