/*
 * 3.4 PUBACK, 3.5 PUBREC, 3.6 PUBREL, 3.7 PUBCOMP, 3.11 UNSUBACK: five packets, one body.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  type                0    0    P    0       type 4, 5, 6, 7 or 11; P is 1 in PUBREL alone
 * byte 2  0    0    0    0    0    0    1    0       Remaining Length 2
 * byte 3  Packet Identifier MSB
 * byte 4  Packet Identifier LSB
 */
import { type PacketType, type ReadBody, readPacketId } from './packet.ts';

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
export const puback = (packetId: number): PubackPacket => ({ type: 4, packetId });

/** QoS 2, first answer: the message is received. */
export const pubrec = (packetId: number): PubrecPacket => ({ type: 5, packetId });

/** QoS 2, the sender's second step: the message is released. */
export const pubrel = (packetId: number): PubrelPacket => ({ type: 6, packetId });

/** QoS 2, last answer: the exchange is complete. */
export const pubcomp = (packetId: number): PubcompPacket => ({ type: 7, packetId });

/** The answer to an UNSUBSCRIBE. */
export const unsuback = (packetId: number): UnsubackPacket => ({ type: 11, packetId });

export const readAcknowledgement: ReadBody<AcknowledgementPacket> = (firstByte) => ({
  type: (firstByte >> 4) as AcknowledgementType,
  packetId: readPacketId(),
});
