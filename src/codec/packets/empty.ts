/*
 * 3.12 PINGREQ, 3.13 PINGRESP, 3.14 DISCONNECT: nothing but a fixed header.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  type                0    0    0    0       type 12, 13 or 14
 * byte 2  0    0    0    0    0    0    0    0       Remaining Length 0
 */
import type { PacketType, PutBody, ReadBody } from './packet.ts';

/** "Are you alive?", which also tells the server that the client is. */
export interface PingreqPacket {
  readonly type: typeof PacketType.PINGREQ;
}
export interface PingrespPacket {
  readonly type: typeof PacketType.PINGRESP;
}
/** The client's goodbye: the server drops the will. */
export interface DisconnectPacket {
  readonly type: typeof PacketType.DISCONNECT;
}
export type EmptyPacket = PingreqPacket | PingrespPacket | DisconnectPacket;

export const pingreq = (): PingreqPacket => ({ type: 12 });

export const pingresp = (): PingrespPacket => ({ type: 13 });

export const disconnect = (): DisconnectPacket => ({ type: 14 });

export const putEmpty: PutBody<EmptyPacket> = (_target, offset) => offset;

export const readEmpty: ReadBody<EmptyPacket> = (firstByte) => ({ type: firstByte >> 4 }) as EmptyPacket;
