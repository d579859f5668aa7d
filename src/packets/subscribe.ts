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
import { type Reader, stringSize, type Writer } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { checkTopicFilter } from '../topics.ts';
import { checkPacketId, type PacketDecoder, type PacketEncoder, PacketType, type QoS } from './packet.ts';

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
  return { type: PacketType.SUBSCRIBE, packetId, subscriptions };
}

function check({ packetId, subscriptions }: SubscribePacket): void {
  checkPacketId(packetId);
  if (subscriptions.length === 0) throw new ProtocolError('MQTT-3.8.3-3', 'a SUBSCRIBE needs a topic filter');
  for (const { topicFilter, qos } of subscriptions) {
    checkTopicFilter(topicFilter);
    if (qos !== 0 && qos !== 1 && qos !== 2)
      throw new ProtocolError('MQTT-3-8.3-4', `requested QoS must be 0, 1 or 2, not ${qos}`);
  }
}

function length({ subscriptions }: SubscribePacket): number {
  let size = 2;
  for (const { topicFilter } of subscriptions) size += stringSize(topicFilter, 'topicFilter') + 1;
  return size;
}

function write(writer: Writer, { packetId, subscriptions }: SubscribePacket): void {
  writer.uint16(packetId);
  for (const { topicFilter, qos } of subscriptions) {
    writer.string(topicFilter);
    writer.byte(qos);
  }
}

function read(reader: Reader): SubscribePacket {
  const packetId = reader.uint16('packet identifier');
  const subscriptions: { topicFilter: string; qos: QoS }[] = [];
  while (reader.left > 0)
    subscriptions.push({ topicFilter: reader.string('topicFilter'), qos: reader.byte('requested QoS') as QoS });
  return { type: PacketType.SUBSCRIBE, packetId, subscriptions };
}

export const subscribeEncoder: PacketEncoder<SubscribePacket> = { check, length, write };
export const subscribeDecoder: PacketDecoder<SubscribePacket> = { check, read };
