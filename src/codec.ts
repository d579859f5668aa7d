// The codec: one packet to bytes, one packet from bytes. `Decoder` takes them out of a stream.
import { Writer } from './bytes.ts';
import { Decoder } from './decoder.ts';
import { ProtocolError } from './errors.ts';
import { checkType, firstByteOf, fixedHeaderSize, MAX_REMAINING_LENGTH, writeFixedHeader } from './fixed-header.ts';
import { encoders, type Packet } from './packets/index.ts';
import type { PacketEncoder } from './packets/packet.ts';

export { Decoder } from './decoder.ts';
export { type Clause, PacketTooLargeError, ProtocolError } from './errors.ts';
export {
  type AcknowledgementPacket,
  type PubackPacket,
  type PubcompPacket,
  type PubrecPacket,
  type PubrelPacket,
  puback,
  pubcomp,
  pubrec,
  pubrel,
  type UnsubackPacket,
  unsuback,
} from './packets/acknowledgement.ts';
export { type ConnackPacket, connack } from './packets/connack.ts';
export { type ConnectPacket, connect, type Will } from './packets/connect.ts';
export {
  type DisconnectPacket,
  disconnect,
  type PingreqPacket,
  type PingrespPacket,
  pingreq,
  pingresp,
} from './packets/empty.ts';
export type { Packet } from './packets/index.ts';
export { PacketType, type QoS } from './packets/packet.ts';
export { type PublishPacket, publish } from './packets/publish.ts';
export { type SubackPacket, type SubackReturnCode, suback } from './packets/suback.ts';
export { type SubscribePacket, subscribe } from './packets/subscribe.ts';
export { type UnsubscribePacket, unsubscribe } from './packets/unsubscribe.ts';

/**
 * The bytes of one packet, in an array of exactly their size.
 *
 * Throws ProtocolError when the standard forbids the packet, TypeError when a field has the wrong type.
 */
export function encode(packet: Packet): Uint8Array {
  const remainingLength = measure(packet);
  const target = new Uint8Array(fixedHeaderSize(remainingLength) + remainingLength);
  write(packet, remainingLength, target, 0);
  return target;
}

/**
 * Writes one packet into `target` from `offset` on and returns the offset behind it.
 *
 * Throws as {@link encode} does, and RangeError when the packet does not fit; `target` is then untouched.
 */
export function encodeInto(packet: Packet, target: Uint8Array, offset = 0): number {
  const remainingLength = measure(packet);
  const size = fixedHeaderSize(remainingLength) + remainingLength;
  if (!(offset >= 0 && offset + size <= target.length))
    throw new RangeError(`a packet of ${size} bytes does not fit at ${offset} into ${target.length} bytes`);
  write(packet, remainingLength, target, offset);
  return offset + size;
}

/** Size in bytes of the whole packet. Throws as {@link encode} does. */
export function encodedLength(packet: Packet): number {
  const remainingLength = measure(packet);
  return fixedHeaderSize(remainingLength) + remainingLength;
}

/**
 * The one packet that `bytes` hold from their first to their last; a PUBLISH's payload is a view of them.
 *
 * Throws ProtocolError when it breaks a rule, is incomplete, or is followed by more.
 */
export function decode(bytes: Uint8Array): Packet {
  const decoder = new Decoder();
  decoder.push(bytes);
  const packet = decoder.read();
  if (packet === undefined) throw new ProtocolError('§2.2.3', `the packet ends early, after ${bytes.length} bytes`);
  if (decoder.bufferedBytes > 0)
    throw new ProtocolError('§2.2.3', `${decoder.bufferedBytes} bytes are left over behind the packet`);
  return packet;
}

// the Remaining Length of a packet that may be sent
function measure(packet: Packet): number {
  const encoder = encoderOf(packet);
  encoder.check(packet);
  const remainingLength = encoder.length(packet);
  if (remainingLength > MAX_REMAINING_LENGTH)
    throw new ProtocolError('§2.2.3', `a Remaining Length of ${remainingLength} exceeds ${MAX_REMAINING_LENGTH}`);
  return remainingLength;
}

function write(packet: Packet, remainingLength: number, target: Uint8Array, offset: number): void {
  const body = writeFixedHeader(target, offset, firstByteOf(packet), remainingLength);
  encoderOf(packet).write(new Writer(target, body), packet);
}

function encoderOf(packet: Packet): PacketEncoder<Packet> {
  checkType(packet.type);
  return encoders[packet.type - 1] as PacketEncoder<Packet>;
}
