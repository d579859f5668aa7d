// The codec: one packet to bytes, one packet from bytes. `Decoder` takes them out of a stream.
import { allocate } from '#text';
import { PacketDecoder } from './decoder.ts';
import { measure, write } from './encoder.ts';
import { ProtocolError } from './error.ts';
import { sizeOf } from './fixed-header.ts';
import { type Packet, READ } from './packets/index.ts';

export { Decoder, type DecoderOptions } from './decoder.ts';
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
 * The bytes of one packet. Those of a PUBLISH may be a view of a buffer that holds other PUBLISHes too: if you need a
 * buffer of its own, to transfer it or for a socket that sends whole buffers, take a `slice()`, or {@link encodeInto}.
 *
 * Throws ProtocolError when the standard forbids the packet, TypeError when a field has the wrong type.
 */
export const encode = (packet: Packet): Uint8Array => {
  const { type } = packet; // read once, because packets have many shapes
  const length = measure(type, packet);
  const target = allocate(sizeOf(length), type === 3);
  write(type, packet, length, target, 0);
  return target;
};

/**
 * Writes one packet into `target` from `offset` on and returns the offset behind it.
 *
 * Throws as {@link encode} does, and RangeError when the packet does not fit; `target` is then untouched.
 */
export const encodeInto = (packet: Packet, target: Uint8Array, offset = 0): number => {
  const { type } = packet;
  const length = measure(type, packet);
  const size = sizeOf(length);
  if (!(offset >= 0 && offset + size <= target.length))
    throw new RangeError(`a packet of ${size} bytes does not fit at ${offset}`);
  return write(type, packet, length, target, offset);
};

/** Size in bytes of the whole packet. Throws as {@link encode} does. */
export const encodedLength = (packet: Packet): number => sizeOf(measure(packet.type, packet));

/**
 * The one packet that `bytes` hold from their first to their last; a PUBLISH's payload is a view of them.
 *
 * Throws ProtocolError when it breaks a rule, is incomplete, or is followed by more.
 */
export const decode = (bytes: Uint8Array): Packet => {
  const decoder = new PacketDecoder(READ);
  decoder.push(bytes);
  const packet = decoder.read();
  if (!packet || decoder.bufferedBytes > 0) throw new ProtocolError('§2.2.3', 'the bytes must be one packet');
  decoder.read(); // nothing more: the codec lets go of the bytes
  return packet;
};
