/*
 * 3.10 UNSUBSCRIBE: the client wants no more messages of some filters.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    1    0    0    0    1    0       type 10
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         Topic Filter                               string, one or more
 */
import { type Reader, stringSize, type Writer } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { checkTopicFilter } from '../topics.ts';
import { checkPacketId, type PacketDecoder, type PacketEncoder, PacketType } from './packet.ts';

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
  return { type: PacketType.UNSUBSCRIBE, packetId, topicFilters };
}

function check({ packetId, topicFilters }: UnsubscribePacket): void {
  checkPacketId(packetId);
  if (topicFilters.length === 0) throw new ProtocolError('MQTT-3.10.3-2', 'an UNSUBSCRIBE needs a topic filter');
  for (const topicFilter of topicFilters) checkTopicFilter(topicFilter);
}

function length({ topicFilters }: UnsubscribePacket): number {
  let size = 2;
  for (const topicFilter of topicFilters) size += stringSize(topicFilter, 'topicFilter');
  return size;
}

function write(writer: Writer, { packetId, topicFilters }: UnsubscribePacket): void {
  writer.uint16(packetId);
  for (const topicFilter of topicFilters) writer.string(topicFilter);
}

function read(reader: Reader): UnsubscribePacket {
  const packetId = reader.uint16('packet identifier');
  const topicFilters: string[] = [];
  while (reader.left > 0) topicFilters.push(reader.string('topicFilter'));
  return { type: PacketType.UNSUBSCRIBE, packetId, topicFilters };
}

export const unsubscribeEncoder: PacketEncoder<UnsubscribePacket> = { check, length, write };
export const unsubscribeDecoder: PacketDecoder<UnsubscribePacket> = { check, read };
