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
import { refuse } from '../error.ts';
import { readByte, readList } from '../read.ts';
import { putByte } from '../write.ts';
import { type PacketType, type PutBody, putPacketId, type ReadBody, readPacketId } from './packet.ts';

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

export const putSuback: PutBody<SubackPacket> = (target, offset, { packetId, returnCodes }) => {
  offset = putPacketId(target, offset, packetId);
  if (returnCodes.length === 0) refuse('§3.9.3', 'returnCodes', 'be empty');
  for (const code of returnCodes) {
    if (code !== 0x80) integer(code, 0, 2, 'MQTT-3.9.3-2', 'granted qos');
    offset = putByte(target, offset, code);
  }
  return offset;
};

export const readSuback: ReadBody<SubackPacket> = () => ({
  type: 9,
  packetId: readPacketId(),
  returnCodes: readList(() => readByte('returnCodes') as SubackReturnCode),
});
