// The codec: one packet to bytes, one packet from bytes. `Decoder` takes them out of a stream.
import { Decoder } from './decoder.ts';
import { encoderOf, measure, sizeOf } from './encoder.ts';
import { ProtocolError } from './error.ts';
import { firstByteOf, writeFixedHeader } from './fixed-header.ts';
import { encoders, type Packet } from './packets/index.ts';
import { PUBLISH } from './packets/packet.ts';
import { sharedRoom } from './room.ts';

export { Decoder } from './decoder.ts';
export { type Clause, PacketTooLargeError, ProtocolError } from './error.ts';
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
  type EmptyPacket,
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
 * The bytes of one packet. Those of a PUBLISH may be a view of a buffer that holds other PUBLISHes too: who needs a
 * buffer of its own, to transfer it or for a socket that sends whole buffers, takes a `slice()`, or {@link encodeInto}.
 *
 * Throws ProtocolError when the standard forbids the packet, TypeError when a field has the wrong type.
 */
export function encode(packet: Packet): Uint8Array {
  const { type } = packet;
  const encoder = encoderOf(encoders, type);
  const remainingLength = measure(encoder, packet);
  const size = sizeOf(remainingLength);
  const target = type === PUBLISH ? sharedRoom(size) : new Uint8Array(size);
  encoder.write(packet, target, writeFixedHeader(firstByteOf(type, packet), remainingLength, target, 0));
  return target;
}

/**
 * Writes one packet into `target` from `offset` on and returns the offset behind it.
 *
 * Throws as {@link encode} does, and RangeError when the packet does not fit; `target` is then untouched.
 */
export function encodeInto(packet: Packet, target: Uint8Array, offset = 0): number {
  const { type } = packet; // once: its shapes are many (measured)
  const encoder = encoderOf(encoders, type);
  const remainingLength = measure(encoder, packet);
  const size = sizeOf(remainingLength);
  if (!(offset >= 0 && offset + size <= target.length)) throw noRoom(size, target, offset);
  const body = writeFixedHeader(firstByteOf(type, packet), remainingLength, target, offset);
  return encoder.write(packet, target, body);
}

function noRoom(size: number, target: Uint8Array, offset: number): RangeError {
  return new RangeError(`a packet of ${size} bytes does not fit at ${offset} into ${target.length} bytes`);
}

/** Size in bytes of the whole packet. Throws as {@link encode} does. */
export function encodedLength(packet: Packet): number {
  return sizeOf(measure(encoderOf(encoders, packet.type), packet));
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
