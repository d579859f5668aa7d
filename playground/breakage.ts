// Ways to break a packet, each with the statement that it breaks.
import type { Clause } from '../src/codec/error.ts';
import { PacketType } from '../src/codec/packets/packet.ts';
import type { Annotation } from '../src/explain/explain.ts';
import { kindOf } from '../src/explain/kind.ts';

export interface Breakage {
  readonly name: string;
  readonly clause: Clause;
  /** The broken bytes; undefined for a packet that cannot be broken in this way. */
  apply(packet: Anatomy): Uint8Array<ArrayBuffer> | undefined;
}

/** A legal packet, opened. */
export interface Anatomy {
  readonly bytes: Uint8Array;
  readonly annotations: readonly Annotation[];
}

type Change = (byte: number) => number;

/** Changes the byte at an offset; no offset, no change. */
function change({ bytes }: Anatomy, offset: number | undefined, to: Change): Uint8Array<ArrayBuffer> | undefined {
  if (offset === undefined) return undefined;
  const changed = new Uint8Array(bytes);
  changed[offset] = to(bytes[offset]!);
  return changed;
}

function offsetOf({ annotations }: Anatomy, field: string): number | undefined {
  return annotations.find((annotation) => annotation.field === field)?.start;
}

function isOf({ bytes }: Anatomy, type: PacketType): boolean {
  return bytes[0]! >> 4 === type;
}

/** Changes the bits of one byte of a field. */
const bits = (name: string, clause: Clause, field: string, to: Change, where = (_: Anatomy) => true): Breakage => ({
  name,
  clause,
  apply: (packet) => (where(packet) ? change(packet, offsetOf(packet, field), to) : undefined),
});

/** Changes the last byte of the first text that the packet's user has chosen. */
const textual = (name: string, clause: Clause, to: number): Breakage => ({
  name,
  clause,
  apply(packet) {
    const isText = (one: Annotation) => kindOf(one) === 'text' && one.field !== 'Protocol Name';
    const text = packet.annotations.find(isText);
    return change(packet, text && text.end - 1, () => to);
  },
});

const first = 'Control Packet type and flags';
const isPublish = (packet: Anatomy) => isOf(packet, PacketType.PUBLISH);
const flagsOf = (packet: Anatomy) => packet.bytes[offsetOf(packet, 'Connect Flags') ?? 0]!;

export const breakages: readonly Breakage[] = [
  bits(
    'Set a reserved flag',
    'MQTT-2.2.2-2',
    first,
    (byte) => byte ^ 0b0001,
    (packet) => !isPublish(packet),
  ),
  bits('Set both QoS bits', 'MQTT-3.3.1-4', first, (byte) => byte | 0b0110, isPublish),
  bits('Set DUP with QoS 0', 'MQTT-3.3.1-2', first, (byte) => (byte & 0xf0) | 0b1000, isPublish),
  bits('Make it type 15', '§2.2.1', first, (byte) => byte | 0xf0),
  {
    name: 'A length that never ends',
    clause: '§2.2.3',
    apply: ({ bytes }) => Uint8Array.of(bytes[0]!, 0xff, 0xff, 0xff, 0xff, ...bytes.subarray(2)),
  },
  {
    name: 'Cut off its last byte',
    clause: '§2.2.3',
    apply: ({ bytes }) => new Uint8Array(bytes.subarray(0, -1)),
  },
  {
    name: 'Add a byte to it',
    clause: '§2.2.3',
    apply: (packet) =>
      packet.bytes[1]! < 0x7f && HAS_FIXED_SIZE.includes(packet.bytes[0]! >> 4)
        ? Uint8Array.of(packet.bytes[0]!, packet.bytes[1]! + 1, ...packet.bytes.subarray(2), 0)
        : undefined,
  },
  {
    name: 'Packet identifier zero',
    clause: 'MQTT-2.3.1-1',
    apply(packet) {
      const offset = offsetOf(packet, 'Packet Identifier');
      if (offset === undefined) return undefined;
      return new Uint8Array(packet.bytes).fill(0, offset, offset + 2);
    },
  },
  bits('Another protocol', 'MQTT-3.1.2-1', 'Protocol Name', (byte) => byte | 0x20),
  bits('Protocol level 5', 'MQTT-3.1.2-2', 'Protocol Level', () => 5),
  bits('Set the reserved connect flag', 'MQTT-3.1.2-3', 'Connect Flags', (flags) => flags | 1),
  bits('A will QoS without a will', 'MQTT-3.1.2-13', 'Connect Flags', (flags) => (flags & 0b1100_0011) | 0b0000_1000),
  bits(
    'A will QoS of 3',
    'MQTT-3.1.2-14',
    'Connect Flags',
    (flags) => flags | 0b0001_1000,
    (packet) => (flagsOf(packet) & 0b0000_0100) !== 0,
  ),
  bits(
    'A password without a user name',
    'MQTT-3.1.2-22',
    'Connect Flags',
    (flags) => (flags & 0b0111_1111) | 0b0100_0000,
    (packet) => (flagsOf(packet) & 0b1100_0000) === 0b1000_0000,
  ),
  bits('Set a reserved acknowledge flag', '§3.2.2.1', 'Connect Acknowledge Flags', (flags) => flags | 0b10),
  bits('A return code of 6', '§3.2.2.3', 'Connect Return code', () => 6),
  {
    name: 'A session in a refusal',
    clause: 'MQTT-3.2.2-4',
    apply: (packet) =>
      isOf(packet, PacketType.CONNACK) ? Uint8Array.of(...packet.bytes.subarray(0, 2), 1, 5) : undefined,
  },
  bits('A requested QoS of 3', 'MQTT-3-8.3-4', 'Requested QoS', () => 3),
  bits('A return code of 3', 'MQTT-3.9.3-2', 'Return Code', () => 3),
  {
    name: 'Leave out every filter',
    clause: 'MQTT-3.8.3-3',
    apply: (packet) => (isOf(packet, PacketType.SUBSCRIBE) ? withoutPayload(packet) : undefined),
  },
  {
    name: 'Leave out every filter',
    clause: 'MQTT-3.10.3-2',
    apply: (packet) => (isOf(packet, PacketType.UNSUBSCRIBE) ? withoutPayload(packet) : undefined),
  },
  textual('Text that is not UTF-8', 'MQTT-1.5.3-1', 0xff),
  textual('U+0000 in the text', 'MQTT-1.5.3-2', 0),
  {
    name: 'A wildcard in the topic',
    clause: 'MQTT-3.3.2-2',
    apply: (packet) => change(packet, offsetOf(packet, 'Topic Name'), () => 0x2b),
  },
  {
    name: 'A # that is not the last',
    clause: 'MQTT-4.7.1-2',
    apply(packet) {
      const filter = packet.annotations.find(({ field, start, end }) => field === 'Topic Filter' && end - start > 1);
      return change(packet, filter?.start, () => 0x23);
    },
  },
];

const HAS_FIXED_SIZE: readonly number[] = [2, 4, 5, 6, 7, 11, 12, 13, 14];

/** Its fixed header and its packet identifier. */
function withoutPayload(packet: Anatomy): Uint8Array<ArrayBuffer> {
  const start = offsetOf(packet, 'Packet Identifier')!;
  return Uint8Array.of(packet.bytes[0]!, 2, ...packet.bytes.subarray(start, start + 2));
}

/** Those that this packet can be broken in. */
export function breakagesOf(packet: Anatomy): { name: string; bytes: Uint8Array<ArrayBuffer> }[] {
  return breakages.flatMap(({ name, apply }) => {
    const bytes = apply(packet);
    return bytes === undefined ? [] : [{ name, bytes }];
  });
}
