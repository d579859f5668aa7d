// One packet to bytes, in two steps: how long is it, then into room that is long enough.
import { checkInteger } from './bytes.ts';
import { firstByteOf, fixedHeaderSize, MAX_REMAINING_LENGTH, writeFixedHeader } from './fixed-header.ts';
import { clientEncoders, type EncoderTable, type Packet } from './packets/index.ts';
import type { PacketEncoder, PacketType } from './packets/packet.ts';

/** Throws ProtocolError where there is no such type. */
export function encoderOf(encoders: EncoderTable, type: PacketType): PacketEncoder<Packet> {
  checkInteger('§2.2.1', 'packet type', type, 1, 14);
  return encoders[type - 1] as PacketEncoder<Packet>;
}

/** The Remaining Length of a packet that may be sent. Throws ProtocolError or TypeError for any other. */
export function measure(encoder: PacketEncoder<Packet>, packet: Packet): number {
  const remainingLength = encoder.check(packet);
  checkInteger('§2.2.3', 'Remaining Length', remainingLength, 0, MAX_REMAINING_LENGTH);
  return remainingLength;
}

/** Size in bytes of a whole packet with this Remaining Length. */
export function sizeOf(remainingLength: number): number {
  return fixedHeaderSize(remainingLength) + remainingLength;
}

/** {@link measure}, for what a client sends. */
export function measureOfClient(packet: Packet): number {
  return measure(encoderOf(clientEncoders, packet.type), packet);
}

/** Writes a packet that was measured, where there is room for it, and returns the offset behind it. */
export function writeOfClient(packet: Packet, remainingLength: number, target: Uint8Array, offset: number): number {
  const { type } = packet;
  const body = writeFixedHeader(firstByteOf(type, packet), remainingLength, target, offset);
  return encoderOf(clientEncoders, type).write(packet, target, body);
}
