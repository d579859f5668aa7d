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
import { byteLength, type Reader, writeBytes, writeUint16 } from '../bytes.ts';
import { ProtocolError } from '../error.ts';
import { writeString } from '../text.ts';
import { topicSize } from '../topic.ts';
import {
  checkPacketId,
  checkQos,
  type PacketDecoder,
  type PacketEncoder,
  type PacketType,
  PUBLISH,
  type QoS,
} from './packet.ts';

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
export function publish(
  fields: Partial<Omit<PublishPacket, 'type'>> & Pick<PublishPacket, 'topic' | 'payload'>,
): PublishPacket {
  const { topic, payload, qos = 0, retain = false, dup = false, packetId = 0 } = fields;
  return { type: PUBLISH, dup, qos, retain, topic, packetId, payload };
}

const DUP = 0b1000;
const RETAIN = 0b0001;

function check({ dup, qos, topic, packetId, payload }: PublishPacket): number {
  checkFlags(dup, qos);
  const size = topicSize(topic) + byteLength(payload, 'payload');
  if (qos > 0) {
    checkPacketId(packetId);
    return size + 2;
  }
  if (packetId !== 0) throw new ProtocolError('MQTT-2.3.1-5', `packetId ${packetId} with qos 0`);
  return size;
}

function checkFlags(dup: boolean, qos: number): void {
  checkQos('MQTT-3.3.1-4', qos);
  if (dup && qos === 0) throw new ProtocolError('MQTT-3.3.1-2', 'dup with qos 0');
}

function write({ topic, qos, packetId, payload }: PublishPacket, target: Uint8Array, offset: number): number {
  offset = writeString(topic, target, offset);
  if (qos > 0) offset = writeUint16(packetId, target, offset);
  return writeBytes(payload, target, offset);
}

/** The low four bits of byte 1. */
export function publishFlags({ dup, qos, retain }: PublishPacket): number {
  return (dup ? DUP : 0) | (qos << 1) | (retain ? RETAIN : 0);
}

/** Refuses impossible flags as soon as byte 1 is there. */
export function checkPublishFlags(firstByte: number): void {
  checkFlags((firstByte & DUP) !== 0, (firstByte >> 1) & 0b11);
}

function read(reader: Reader, firstByte: number): PublishPacket {
  const qos = ((firstByte >> 1) & 0b11) as QoS;
  return {
    type: PUBLISH,
    dup: (firstByte & DUP) !== 0,
    qos,
    retain: (firstByte & RETAIN) !== 0,
    topic: reader.string('topic'),
    packetId: qos > 0 ? reader.uint16('packetId') : 0,
    payload: reader.raw(reader.left, 'payload'),
  };
}

export const publishEncoder: PacketEncoder<PublishPacket> = { check, write };
export const publishDecoder: PacketDecoder<PublishPacket> = { check, read };
