/*
 * 3.10 UNSUBSCRIBE: the client wants no more messages of some filters.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    1    0    0    0    1    0       type 10
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         Topic Filter                               string, one or more
 */
import { readList, readString } from '../read.ts';
import { topicFilterRule } from '../rule.ts';
import { putText } from '../write.ts';
import { type PacketType, type PutBody, putList, type ReadBody, readPacketId } from './packet.ts';

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

export const putUnsubscribe: PutBody<UnsubscribePacket> = (target, offset, packet) =>
  putList(target, offset, packet, 'topicFilters', putTopicFilter, 'MQTT-3.10.3-2');

const putTopicFilter: PutBody<string> = (target, offset, topicFilter) =>
  putText(target, offset, topicFilter, 'topicFilter', topicFilterRule);

export const readUnsubscribe: ReadBody<UnsubscribePacket> = () => ({
  type: 10,
  packetId: readPacketId(),
  topicFilters: readList(() => readString('topicFilter', topicFilterRule)),
});
