// Every byte of a packet, explained: chapter 3 of the standard as a list of fields.

import { REFUSALS } from '../client/error.ts';
import { checkType } from '../codec/check.ts';
import { Decoder } from '../codec/codec.ts';
import { PacketType } from '../codec/packets/packet.ts';
import { checkTopic, checkTopicFilter } from '../codec/topic.ts';
import { type Annotation, Annotator } from './annotator.ts';
import { verdictOf } from './verdict.ts';

export type { Clause, ProtocolError } from '../codec/error.ts';
export type { Annotation } from './annotator.ts';

/**
 * What each byte of one packet, or of several in a row, means. The entries lie side by side, from the first byte to the
 * last.
 *
 * A packet that a `Decoder` refuses, or that must not be sent, is explained up to the entry where it breaks: this has an `error`, the broken
 * statement as its `section`, and the reason at the end of its `value`. Behind it is one entry, `not read`. A last
 * packet that is cut off breaks at its last entry, which says how many bytes are missing.
 */
export function explain(bytes: Uint8Array): Annotation[] {
  const decoder = new Decoder();
  checkType(bytes?.BYTES_PER_ELEMENT === 1, 'Uint8Array', 'bytes');
  decoder.push(bytes);
  const page = new Annotator(bytes);
  try {
    for (let size = bytes.length; size > 0; size = decoder.bufferedBytes) {
      page.begin(verdictOf(decoder));
      packet(page);
      page.finish();
    }
  } catch (error) {
    page.giveUp(error);
  }
  return page.annotations;
}

function packet(page: Annotator): void {
  const type = page.next >> 4;
  const section = type === 0 || type === 15 ? '§2.2.1' : (`§3.${type}.1` as const); // chapter 3 counts as Table 2.1 does
  const firstByte = page.byte(
    'Control Packet type and flags',
    section,
    type === PacketType.PUBLISH ? sayPublish : sayType,
  );
  page.blame('§2.2.1', 'MQTT-2.2.2-2', 'MQTT-3.3.1-2', 'MQTT-3.3.1-4');
  page.remainingLength();
  switch (type) {
    case PacketType.CONNECT:
      return connect(page);
    case PacketType.CONNACK:
      return connack(page);
    case PacketType.PUBLISH:
      return publish(page, (firstByte >> 1) & 0b11);
    case PacketType.SUBSCRIBE:
      return subscribe(page);
    case PacketType.SUBACK:
      return suback(page);
    case PacketType.UNSUBSCRIBE:
      return unsubscribe(page);
    case PacketType.PINGREQ:
    case PacketType.PINGRESP:
    case PacketType.DISCONNECT:
      return;
    default: // PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK
      return packetId(page);
  }
}

function connect(page: Annotator): void {
  page.string('Protocol Name', '§3.1.2.1');
  page.blame('MQTT-3.1.2-1');
  page.byte('Protocol Level', '§3.1.2.2', (level) => (level === 4 ? '4, that is 3.1.1' : `${level}`));
  page.blame('MQTT-3.1.2-2');
  const flags = page.byte('Connect Flags', '§3.1.2.3', sayConnectFlags);
  page.blame('MQTT-3.1.2-3', 'MQTT-3.1.2-13', 'MQTT-3.1.2-14', 'MQTT-3.1.2-15', 'MQTT-3.1.2-22');
  page.uint16('Keep Alive', '§3.1.2.10', (seconds) => (seconds === 0 ? '0, switched off' : `${seconds} s`));
  page.string('Client Identifier', '§3.1.3.1');
  page.blame('MQTT-3.1.3-7');
  if (flags & 0b0000_0100) {
    page.string('Will Topic', '§3.1.3.2', checkTopic);
    page.binary('Will Message', '§3.1.3.3');
  }
  if (flags & 0b1000_0000) page.string('User Name', '§3.1.3.4');
  if (flags & 0b0100_0000) page.binary('Password', '§3.1.3.5');
}

function connack(page: Annotator): void {
  page.byte('Connect Acknowledge Flags', '§3.2.2.1', (flags) => `${bits(flags, 8)}: Session Present ${flags & 1}`);
  page.blame('§3.2.2.1');
  page.byte('Connect Return code', '§3.2.2.3', (code) => named(code, ['accepted', ...REFUSALS][code]));
  page.blame('§3.2.2.3', 'MQTT-3.2.2-4');
}

function publish(page: Annotator, qos: number): void {
  page.string('Topic Name', '§3.3.2.1', checkTopic);
  if (qos > 0) packetId(page);
  page.raw(page.left, 'Application Message', '§3.3.3');
}

function subscribe(page: Annotator): void {
  packetId(page);
  while (page.left > 0) {
    page.string('Topic Filter', '§3.8.3', checkTopicFilter);
    const qos = page.byte('Requested QoS', '§3.8.3', (value) => named(value, QOS[value]));
    if (qos > 2) page.blame('MQTT-3-8.3-4');
  }
}

function suback(page: Annotator): void {
  packetId(page);
  while (page.left > 0) {
    const code = page.byte('Return Code', '§3.9.3', (value) => named(value, value === 0x80 ? 'failure' : QOS[value]));
    if (code > 2 && code !== 0x80) page.blame('MQTT-3.9.3-2');
  }
}

function unsubscribe(page: Annotator): void {
  packetId(page);
  while (page.left > 0) page.string('Topic Filter', '§3.10.3', checkTopicFilter);
}

function packetId(page: Annotator): void {
  page.uint16('Packet Identifier', '§2.3.1');
  page.blame('MQTT-2.3.1-1');
}

const QOS = ['at most once', 'at least once', 'exactly once'];

function sayType(firstByte: number): string {
  const type = firstByte >> 4;
  const name = Object.keys(PacketType).filter((key) => PacketType[key as keyof typeof PacketType] === type)[0];
  return `${bits(firstByte, 8)}: ${name ?? 'reserved'}, type ${type}, flags ${bits(firstByte & 0b1111, 4)}`;
}

function sayPublish(firstByte: number): string {
  const [dup, qos, retain] = [(firstByte >> 3) & 1, (firstByte >> 1) & 0b11, firstByte & 1];
  return `${bits(firstByte, 8)}: PUBLISH, type 3, DUP ${dup}, QoS ${qos}, RETAIN ${retain}`;
}

function sayConnectFlags(flags: number): string {
  const names = [
    'User Name Flag',
    'Password Flag',
    'Will Retain',
    'Will QoS',
    'Will Flag',
    'Clean Session',
    'reserved',
  ];
  const shifts = [7, 6, 5, 3, 2, 1, 0];
  const fields = names.map((name, i) => `${name} ${(flags >> shifts[i]!) & (name === 'Will QoS' ? 0b11 : 1)}`);
  return `${bits(flags, 8)}: ${fields.join(', ')}`;
}

function named(value: number, name: string | undefined): string {
  return name === undefined ? `${value}` : `${value}, ${name}`;
}

function bits(value: number, count: number): string {
  return (value + (1 << count)).toString(2).slice(1);
}
