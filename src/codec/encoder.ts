// One packet to bytes, in two steps: how long is it, then into memory that is long enough.
import { integer } from './check.ts';
import { firstByteOf, MAX_REMAINING_LENGTH } from './fixed-header.ts';
import { type Packet, PUT } from './packets/index.ts';

/** The Remaining Length of a packet that may be sent. Throws ProtocolError or TypeError for any other. */
export const measure = (type: number, packet: Packet): number => {
  integer(type, 1, 14, '§2.2.1', 'packet type');
  return integer(PUT[type]!(undefined, 0, packet as never), 0, MAX_REMAINING_LENGTH, '§2.2.3', 'Remaining Length');
};

/** Writes a packet that was measured, where there is room for it, and returns the offset behind it. */
export const write = (type: number, packet: Packet, length: number, target: Uint8Array, offset: number): number => {
  target[offset++] = firstByteOf(type, packet);
  for (; length > 0x7f; length >>= 7) target[offset++] = length | 0x80;
  target[offset++] = length;
  return PUT[type]!(target, offset, packet as never);
};
