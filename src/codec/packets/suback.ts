/*
 * 3.9 SUBACK: the server answers a SUBSCRIBE, with one code for each of its filters, in their order.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    0    1    0    0    0    0       type 9
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         F    0    0    0    0    0     QoS         one byte or more: the granted QoS, or 0x80, failure
 */
import { checkInteger, type Reader, writeByte, writeUint16 } from '../bytes.ts';
import {
  checkNotEmpty,
  checkPacketId,
  type PacketDecoder,
  type PacketEncoder,
  type PacketType,
  SUBACK,
} from './packet.ts';

export type SubackReturnCode = 0 | 1 | 2 | 0x80;

export interface SubackPacket {
  readonly type: typeof PacketType.SUBACK;
  readonly packetId: number;
  /** The granted maximum QoS, or 0x80: refused. */
  readonly returnCodes: readonly SubackReturnCode[];
}

export function suback({ packetId, returnCodes }: Pick<SubackPacket, 'packetId' | 'returnCodes'>): SubackPacket {
  return { type: SUBACK, packetId, returnCodes };
}

function check({ packetId, returnCodes }: SubackPacket): number {
  checkPacketId(packetId);
  checkNotEmpty('§3.9.3', 'returnCodes', returnCodes);
  for (const code of returnCodes)
    if (code !== 0x80) checkInteger('MQTT-3.9.3-2', 'returnCode other than 128', code, 0, 2);
  return 2 + returnCodes.length;
}

function write({ packetId, returnCodes }: SubackPacket, target: Uint8Array, offset: number): number {
  offset = writeUint16(packetId, target, offset);
  for (const code of returnCodes) offset = writeByte(code, target, offset);
  return offset;
}

function read(reader: Reader): SubackPacket {
  const packetId = reader.uint16('packetId');
  const returnCodes: SubackReturnCode[] = [];
  while (reader.left > 0) returnCodes.push(reader.byte('returnCodes') as SubackReturnCode);
  return { type: SUBACK, packetId, returnCodes };
}

export const subackEncoder: PacketEncoder<SubackPacket> = { check, write };
export const subackDecoder: PacketDecoder<SubackPacket> = { check, read };
