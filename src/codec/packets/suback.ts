/*
 * 3.9 SUBACK: the server answers a SUBSCRIBE, with one code for each of its filters, in their order.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    0    1    0    0    0    0       type 9
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         F    0    0    0    0    0     QoS         one byte or more: the granted QoS, or 0x80, failure
 */
import { integer } from '../check.ts';
import { readByte, readList } from '../read.ts';
import { putByte } from '../write.ts';
import { type PacketType, type PutBody, putList, type ReadBody, readPacketId } from './packet.ts';

export type SubackReturnCode = 0 | 1 | 2 | 0x80;

export interface SubackPacket {
  readonly type: typeof PacketType.SUBACK;
  readonly packetId: number;
  /** The granted maximum QoS, or 0x80: refused. */
  readonly returnCodes: readonly SubackReturnCode[];
}

export const suback = ({ packetId, returnCodes }: Omit<SubackPacket, 'type'>): SubackPacket => ({
  type: 9,
  packetId,
  returnCodes,
});

export const putSuback: PutBody<SubackPacket> = (target, offset, packet) =>
  putList(target, offset, packet, 'returnCodes', putReturnCode, '§3.9.3');

const putReturnCode: PutBody<SubackReturnCode> = (target, offset, code) =>
  putByte(target, offset, code === 0x80 ? code : integer(code, 0, 2, 'MQTT-3.9.3-2', 'granted qos'));

export const readSuback: ReadBody<SubackPacket> = (_firstByte, length) => ({
  type: 9,
  packetId: readPacketId(),
  // From 2 ** 25 items on, V8 would make a hash table of a list that gets its size at once.
  returnCodes: readList(readByte as () => SubackReturnCode, (length - 2) & 0x1ff_ffff),
});
