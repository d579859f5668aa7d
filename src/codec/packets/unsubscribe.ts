/*
 * 3.10 UNSUBSCRIBE: the client wants no more messages of some filters.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    1    0    0    0    1    0       type 10
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         Topic Filter                               string, one or more
 */
import { refuse } from '../error.ts';
import { readList, readString } from '../read.ts';
import { topicFilterRule } from '../rule.ts';
import { putText } from '../write.ts';
import { type PacketType, type PutBody, putPacketId, type ReadBody, readPacketId } from './packet.ts';

export interface UnsubscribePacket {
  readonly type: typeof PacketType.UNSUBSCRIBE;
  readonly packetId: number;
  /** One or more. */
  readonly topicFilters: readonly string[];
}

export const unsubscribe = ({ packetId, topicFilters }: Omit<UnsubscribePacket, 'type'>): UnsubscribePacket => ({
  type: 10,
  packetId,
  topicFilters,
});

export const putUnsubscribe: PutBody<UnsubscribePacket> = (target, offset, { packetId, topicFilters }) => {
  offset = putPacketId(target, offset, packetId);
  if (topicFilters.length === 0) refuse('MQTT-3.10.3-2', 'topicFilters', 'be empty');
  for (const topicFilter of topicFilters) offset = putText(target, offset, topicFilter, 'topicFilter', topicFilterRule);
  return offset;
};

export const readUnsubscribe: ReadBody<UnsubscribePacket> = () => ({
  type: 10,
  packetId: readPacketId(),
  topicFilters: readList(() => readString('topicFilter')),
});
