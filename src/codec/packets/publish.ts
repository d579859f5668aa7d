/*
 * 3.3 PUBLISH: an application message, in either direction.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  0    0    1    1    DUP   QoS    RETAIN    type 3
 * byte 2  Remaining Length, 1 to 4 bytes
 *         Topic Name                                 string
 *         Packet Identifier MSB, LSB                 if QoS is 1 or 2
 *         Application Message                        all that is left
 */
import { integer } from '../check.ts';
import { refuse } from '../error.ts';
import { readRest, readString } from '../read.ts';
import { topicRule } from '../rule.ts';
import { putBytes, putText } from '../write.ts';
import { type PacketType, type PutBody, putPacketId, type QoS, type ReadBody, readPacketId } from './packet.ts';

export interface PublishPacket {
  readonly type: typeof PacketType.PUBLISH;
  readonly dup: boolean;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly topic: string;
  /** 1 to 65,535; 0, that is none, with QoS 0. */
  readonly packetId: number;
  /** From a decoder it is a view of the chunk it came in, and keeps that chunk in memory. */
  readonly payload: Uint8Array;
}

/** A PUBLISH with its defaults: QoS 0, not retained, sent for the first time. */
export const publish = ({
  topic,
  payload,
  qos = 0,
  retain = false,
  dup = false,
  packetId = 0,
}: Partial<Omit<PublishPacket, 'type'>> & Pick<PublishPacket, 'topic' | 'payload'>): PublishPacket => ({
  type: 3,
  dup,
  qos,
  retain,
  topic,
  packetId,
  payload,
});

/** What the low four bits of byte 1 say. */
export type Flags = Pick<PublishPacket, 'dup' | 'qos' | 'retain'>;

export const checkFlags = ({ dup, qos }: Flags): void => {
  integer(qos, 0, 2, 'MQTT-3.3.1-4', 'qos');
  if (dup && !qos) refuse('MQTT-3.3.1-2', 'dup', 'be set with qos 0');
};

export const putFlags = ({ dup, qos, retain }: Flags): number =>
  (dup ? 0b1000 : 0) | (qos << 1) | (retain ? 0b0001 : 0);

export const readFlags = (firstByte: number): Flags => ({
  dup: (firstByte & 0b1000) > 0,
  qos: ((firstByte >> 1) & 0b11) as QoS,
  retain: (firstByte & 0b0001) > 0,
});

export const putPublish: PutBody<PublishPacket> = (target, offset, packet) => {
  const { topic, qos, packetId, payload } = packet;
  checkFlags(packet);
  offset = putText(target, offset, topic, 'topic', topicRule);
  if (qos) offset = putPacketId(target, offset, packet);
  else if (packetId) refuse('MQTT-2.3.1-5', 'packetId', `be ${packetId} with qos 0`);
  return putBytes(target, offset, payload, 'payload');
};

export const readPublish: ReadBody<PublishPacket> = (firstByte) => {
  const { dup, qos, retain } = readFlags(firstByte);
  return {
    type: 3,
    dup,
    qos,
    retain,
    topic: readString('topic', topicRule),
    packetId: qos ? readPacketId() : 0,
    payload: readRest(),
  };
};
