/*
 * 3.10 UNSUBSCRIBE: the client wants no more messages of some filters.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    1    0    0    0    1    0       type 10
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         Topic Filter                               string, one or more
 */
import { type Reader, writeUint16 } from '../bytes.ts';
import { writeString } from '../text.ts';
import { topicFilterSize } from '../topic.ts';
import {
  checkNotEmpty,
  checkPacketId,
  type PacketDecoder,
  type PacketEncoder,
  type PacketType,
  UNSUBSCRIBE,
} from './packet.ts';

export interface UnsubscribePacket {
  readonly type: typeof PacketType.UNSUBSCRIBE;
  readonly packetId: number;
  /** One or more. */
  readonly topicFilters: readonly string[];
}

export function unsubscribe({
  packetId,
  topicFilters,
}: Pick<UnsubscribePacket, 'packetId' | 'topicFilters'>): UnsubscribePacket {
  return { type: UNSUBSCRIBE, packetId, topicFilters };
}

function check({ packetId, topicFilters }: UnsubscribePacket): number {
  checkPacketId(packetId);
  checkNotEmpty('MQTT-3.10.3-2', 'topicFilters', topicFilters);
  let size = 2;
  for (const topicFilter of topicFilters) size += topicFilterSize(topicFilter);
  return size;
}

function write({ packetId, topicFilters }: UnsubscribePacket, target: Uint8Array, offset: number): number {
  offset = writeUint16(packetId, target, offset);
  for (const topicFilter of topicFilters) offset = writeString(topicFilter, target, offset);
  return offset;
}

function read(reader: Reader): UnsubscribePacket {
  const packetId = reader.uint16('packetId');
  const topicFilters: string[] = [];
  while (reader.left > 0) topicFilters.push(reader.string('topicFilter'));
  return { type: UNSUBSCRIBE, packetId, topicFilters };
}

export const unsubscribeEncoder: PacketEncoder<UnsubscribePacket> = { check, write };
export const unsubscribeDecoder: PacketDecoder<UnsubscribePacket> = { check, read };
