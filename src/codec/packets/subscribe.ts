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
import { type Reader, writeByte, writeUint16 } from '../bytes.ts';
import { writeString } from '../text.ts';
import { topicFilterSize } from '../topic.ts';
import {
  checkNotEmpty,
  checkPacketId,
  checkQos,
  type PacketDecoder,
  type PacketEncoder,
  type PacketType,
  type QoS,
  SUBSCRIBE,
} from './packet.ts';

export interface SubscribePacket {
  readonly type: typeof PacketType.SUBSCRIBE;
  readonly packetId: number;
  /** One or more; `qos` is the maximum that the server may send with. */
  readonly subscriptions: readonly { readonly topicFilter: string; readonly qos: QoS }[];
}

export function subscribe({
  packetId,
  subscriptions,
}: Pick<SubscribePacket, 'packetId' | 'subscriptions'>): SubscribePacket {
  return { type: SUBSCRIBE, packetId, subscriptions };
}

function check({ packetId, subscriptions }: SubscribePacket): number {
  checkPacketId(packetId);
  checkNotEmpty('MQTT-3.8.3-3', 'subscriptions', subscriptions);
  let size = 2;
  for (const { topicFilter, qos } of subscriptions) {
    size += topicFilterSize(topicFilter) + 1;
    checkQos('MQTT-3-8.3-4', qos);
  }
  return size;
}

function write({ packetId, subscriptions }: SubscribePacket, target: Uint8Array, offset: number): number {
  offset = writeUint16(packetId, target, offset);
  for (const { topicFilter, qos } of subscriptions) {
    offset = writeString(topicFilter, target, offset);
    offset = writeByte(qos, target, offset);
  }
  return offset;
}

function read(reader: Reader): SubscribePacket {
  const packetId = reader.uint16('packetId');
  const subscriptions: { topicFilter: string; qos: QoS }[] = [];
  while (reader.left > 0)
    subscriptions.push({ topicFilter: reader.string('topicFilter'), qos: reader.byte('qos') as QoS });
  return { type: SUBSCRIBE, packetId, subscriptions };
}

export const subscribeEncoder: PacketEncoder<SubscribePacket> = { check, write };
export const subscribeDecoder: PacketDecoder<SubscribePacket> = { check, read };
