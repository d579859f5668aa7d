/*
 * 2.2 Fixed header: how every packet begins.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  packet type         flags
 * byte 2  M    Remaining Length, low seven bits      M: another byte follows, four at most
 */
import { integer } from './check.ts';
import { refuse } from './error.ts';
import { checkFlags, type Flags, putFlags, readFlags } from './packets/publish.ts';

/** Four bytes of seven bits: 268,435,455 (Table 2.4). */
export const MAX_REMAINING_LENGTH = 0x0fff_ffff;

/**
 * Byte 1 of a packet: its type and its flags. They vary in PUBLISH alone. In all others Table 2.2 reserves them: bit 1
 * is set in types 6, 8 and 10, PUBREL, SUBSCRIBE and UNSUBSCRIBE [MQTT-2.2.2-1].
 */
export const firstByteOf = (type: number, flags: object): number =>
  (type << 4) | (type === 3 ? putFlags(flags as Flags) : (0b1010_1000_0000 >> type) & 0b10);

/** The type of a packet that begins with this byte. Refuses a byte that begins no packet. */
export const typeOf = (firstByte: number): number => {
  const type = integer(firstByte >> 4, 1, 14, '§2.2.1', 'packet type');
  if (type === 3) checkFlags(readFlags(firstByte));
  else if (firstByteOf(type, {}) !== firstByte) refuse('MQTT-2.2.2-2', 'flags', `be ${firstByte & 0b1111}`);
  return type;
};

/** Size in bytes of a whole packet with this Remaining Length, which takes a byte for each seven of its bits (2.2.3). */
export const sizeOf = (remainingLength: number): number =>
  remainingLength + 2 + +(remainingLength > 0x7f) + +(remainingLength > 0x3fff) + +(remainingLength > 0x1f_ffff);
