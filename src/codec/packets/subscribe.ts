/*
 * 3.8 SUBSCRIBE: the client asks for the messages of some topics.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  1    0    0    0    0    0    1    0       type 8
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Packet Identifier MSB, LSB
 *         Topic Filter                               string  \  one pair or more
 *         0    0    0    0    0    0     QoS         byte    /
 */
import { integer } from '../check.ts';
import { readByte, readList, readString } from '../read.ts';
import { topicFilterRule } from '../rule.ts';
import { putByte, putText } from '../write.ts';
import { type PacketType, type PutBody, putList, type QoS, type ReadBody, readPacketId } from './packet.ts';

export interface SubscribePacket {
  readonly type: typeof PacketType.SUBSCRIBE;
  readonly packetId: number;
  /** One or more; `qos` is the maximum that the server may send with. */
  readonly subscriptions: readonly { readonly topicFilter: string; readonly qos: QoS }[];
}

export const subscribe = ({ packetId, subscriptions }: Omit<SubscribePacket, 'type'>): SubscribePacket => ({
  type: 8,
  packetId,
  subscriptions,
});

export const putSubscribe: PutBody<SubscribePacket> = (target, offset, packet) =>
  putList(target, offset, packet, 'subscriptions', putSubscription, 'MQTT-3.8.3-3');

const putSubscription: PutBody<SubscribePacket['subscriptions'][number]> = (target, offset, { topicFilter, qos }) => {
  offset = putText(target, offset, topicFilter, 'topicFilter', topicFilterRule);
  return putByte(target, offset, integer(qos, 0, 2, 'MQTT-3-8.3-4', 'qos'));
};

export const readSubscribe: ReadBody<SubscribePacket> = () => ({
  type: 8,
  packetId: readPacketId(),
  subscriptions: readList(() => ({
    topicFilter: readString('topicFilter', topicFilterRule),
    qos: readByte('qos') as QoS,
  })),
});
