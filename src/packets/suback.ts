/*
 * 3.9 SUBACK: the server answers a SUBSCRIBE, with one code for each of its filters, in their order.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    0    1    0    0    0    0       type 9
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         F    0    0    0    0    0     QoS         one byte or more: the granted QoS, or 0x80, failure
 */
import type { Reader, Writer } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { checkPacketId, type PacketDecoder, type PacketEncoder, PacketType } from './packet.ts';

export type SubackReturnCode = 0 | 1 | 2 | 0x80;

export interface SubackPacket {
  readonly type: typeof PacketType.SUBACK;
  readonly packetId: number;
  /** The granted maximum QoS, or 0x80: refused. */
  readonly returnCodes: readonly SubackReturnCode[];
}

export function suback({ packetId, returnCodes }: Pick<SubackPacket, 'packetId' | 'returnCodes'>): SubackPacket {
  return { type: PacketType.SUBACK, packetId, returnCodes };
}

function check({ packetId, returnCodes }: SubackPacket): void {
  checkPacketId(packetId);
  if (returnCodes.length === 0) throw new ProtocolError('§3.9.3', 'a SUBACK needs a return code');
  for (const code of returnCodes)
    if (code !== 0 && code !== 1 && code !== 2 && code !== 0x80)
      throw new ProtocolError('MQTT-3.9.3-2', `return code must be 0, 1, 2 or 128, not ${code}`);
}

function length({ returnCodes }: SubackPacket): number {
  return 2 + returnCodes.length;
}

function write(writer: Writer, { packetId, returnCodes }: SubackPacket): void {
  writer.uint16(packetId);
  for (const code of returnCodes) writer.byte(code);
}

function read(reader: Reader): SubackPacket {
  const packetId = reader.uint16('packet identifier');
  const returnCodes: SubackReturnCode[] = [];
  while (reader.left > 0) returnCodes.push(reader.byte('return code') as SubackReturnCode);
  return { type: PacketType.SUBACK, packetId, returnCodes };
}

export const subackEncoder: PacketEncoder<SubackPacket> = { check, length, write };
export const subackDecoder: PacketDecoder<SubackPacket> = { check, read };
