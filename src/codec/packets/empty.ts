/*
 * 3.12 PINGREQ, 3.13 PINGRESP, 3.14 DISCONNECT: nothing but a fixed header.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  type                0    0    0    0       type 12, 13 or 14
 * byte 2  0    0    0    0    0    0    0    0       Remaining Length 0
 */
import type { Reader } from '../bytes.ts';
import { DISCONNECT, type PacketDecoder, type PacketEncoder, type PacketType, PINGREQ, PINGRESP } from './packet.ts';

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

export function pingreq(): PingreqPacket {
  return { type: PINGREQ };
}

export function pingresp(): PingrespPacket {
  return { type: PINGRESP };
}

export function disconnect(): DisconnectPacket {
  return { type: DISCONNECT };
}

function check(): number {
  return 0;
}

function write(_packet: EmptyPacket, _target: Uint8Array, offset: number): number {
  return offset;
}

function read(_reader: Reader, firstByte: number): EmptyPacket {
  return { type: firstByte >> 4 } as EmptyPacket;
}

export const emptyEncoder: PacketEncoder<EmptyPacket> = { check, write };
export const emptyDecoder: PacketDecoder<EmptyPacket> = { check, read };
