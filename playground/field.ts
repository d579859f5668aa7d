// What a field looks like: its colour, and its bits.

import { PacketType } from '../src/codec/packets/packet.ts';
import type { Kind } from '../src/explain/kind.ts';

export const KINDS: readonly (readonly [kind: Kind, label: string])[] = [
  ['header', 'type and flags'],
  ['length', 'length'],
  ['identifier', 'packet identifier'],
  ['text', 'text'],
  ['number', 'number or code'],
  ['payload', 'message'],
];

const TYPE = 'Control Packet type and flags';

/** Some bits of a byte that belong together, 7 the highest. */
export interface BitGroup {
  readonly name: string;
  readonly high: number;
  readonly low: number;
}

/** How the bits of a byte divide; none where the byte is one number, or part of one. */
export function bitGroupsOf(field: string, byte: number): readonly BitGroup[] {
  if (field === TYPE) return byte >> 4 === PacketType.PUBLISH ? PUBLISH_FLAGS : RESERVED_FLAGS;
  return GROUPS[field] ?? [];
}

const bits = (name: string, high: number, low = high): BitGroup => ({ name, high, low });
const PACKET_TYPE = bits('packet type', 7, 4);
const PUBLISH_FLAGS = [PACKET_TYPE, bits('DUP', 3), bits('QoS', 2, 1), bits('RETAIN', 0)];
const RESERVED_FLAGS = [PACKET_TYPE, bits('reserved flags', 3, 0)];
const GROUPS: Readonly<Record<string, readonly BitGroup[]>> = {
  'Remaining Length': [bits('another byte follows', 7), bits('seven bits of the length', 6, 0)],
  'Connect Flags': [
    bits('User Name Flag', 7),
    bits('Password Flag', 6),
    bits('Will Retain', 5),
    bits('Will QoS', 4, 3),
    bits('Will Flag', 2),
    bits('Clean Session', 1),
    bits('reserved', 0),
  ],
  'Connect Acknowledge Flags': [bits('reserved', 7, 1), bits('Session Present', 0)],
  'Requested QoS': [bits('reserved', 7, 2), bits('QoS', 1, 0)],
  'Return Code': [bits('failure', 7), bits('reserved', 6, 2), bits('granted QoS', 1, 0)],
};
