/*
 * 2.2 Fixed header: how every packet begins.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  packet type         flags
 * byte 2  M    Remaining Length, low seven bits      M: another byte follows, four at most
 */
import { checkInteger } from './bytes.ts';
import type { Packet } from './packets/index.ts';
import { type PacketType, PUBLISH, PUBREL, SUBSCRIBE, UNSUBSCRIBE } from './packets/packet.ts';
import { checkPublishFlags, type PublishPacket, publishFlags } from './packets/publish.ts';

/** Four bytes of seven bits: 268,435,455 (Table 2.4). */
export const MAX_REMAINING_LENGTH = 0x0fff_ffff;

/** Byte 1 of a packet: its type and its flags. */
export function firstByteOf(type: PacketType, packet: Packet): number {
  return (type << 4) | (type === PUBLISH ? publishFlags(packet as PublishPacket) : reservedFlags(type));
}

/** Refuses a byte 1 that begins no packet. */
export function checkFirstByte(firstByte: number): void {
  const type = firstByte >> 4;
  checkInteger('§2.2.1', 'packet type', type, 1, 14);
  if (type === PUBLISH) return checkPublishFlags(firstByte);
  const flags = reservedFlags(type);
  checkInteger('MQTT-2.2.2-2', 'flags', firstByte & 0b1111, flags, flags);
}

/** Table 2.2: what the flags of all but PUBLISH must be [MQTT-2.2.2-1]. */
function reservedFlags(type: number): number {
  const hasReservedBit = type === PUBREL || type === SUBSCRIBE || type === UNSUBSCRIBE;
  return hasReservedBit ? 0b0010 : 0b0000;
}

/** Size in bytes of the whole fixed header in front of `remainingLength` bytes (2.2.3). */
export function fixedHeaderSize(remainingLength: number): number {
  if (remainingLength < 0x80) return 2;
  if (remainingLength < 0x4000) return 3;
  return remainingLength < 0x20_0000 ? 4 : 5;
}

/** Writes the fixed header and returns the offset behind it. */
export function writeFixedHeader(
  firstByte: number,
  remainingLength: number,
  target: Uint8Array,
  offset: number,
): number {
  target[offset++] = firstByte;
  while (remainingLength > 0x7f) {
    target[offset++] = remainingLength | 0x80;
    remainingLength >>= 7;
  }
  target[offset++] = remainingLength;
  return offset;
}
