// One packet to bytes, in two steps: how long is it, then into room that is long enough.
import { checkInteger } from './bytes.ts';
import { firstByteOf, fixedHeaderSize, MAX_REMAINING_LENGTH, writeFixedHeader } from './fixed-header.ts';
import type { EncoderTable, Packet } from './packets/index.ts';
import type { PacketEncoder } from './packets/packet.ts';

/** The Remaining Length of a packet that may be sent. Throws ProtocolError or TypeError for any other. */
export function measure(encoders: EncoderTable, packet: Packet): number {
  const { type } = packet;
  checkInteger('§2.2.1', 'packet type', type, 1, 14);
  const remainingLength = (encoders[type - 1] as PacketEncoder<Packet>).check(packet);
  checkInteger('§2.2.3', 'Remaining Length', remainingLength, 0, MAX_REMAINING_LENGTH);
  return remainingLength;
}

/** Size in bytes of a whole packet with this Remaining Length. */
export function sizeOf(remainingLength: number): number {
  return fixedHeaderSize(remainingLength) + remainingLength;
}

/** Writes a packet that was measured, where there is room for it, and returns the offset behind it. */
export function write(
  encoders: EncoderTable,
  packet: Packet,
  remainingLength: number,
  target: Uint8Array,
  offset: number,
): number {
  const { type } = packet;
  const body = writeFixedHeader(firstByteOf(type, packet), remainingLength, target, offset);
  return (encoders[type - 1] as PacketEncoder<Packet>).write(packet, target, body);
}
