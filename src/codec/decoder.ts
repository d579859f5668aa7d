// Packets out of a stream of chunks, cut anywhere [MQTT-6.0.0-2].
import { Reader } from './bytes.ts';
import { PacketTooLargeError, ProtocolError } from './error.ts';
import { checkFirstByte, fixedHeaderSize, MAX_REMAINING_LENGTH } from './fixed-header.ts';
import { decoders, type Packet } from './packets/index.ts';
import type { PacketDecoder } from './packets/packet.ts';

/** In bytes: so much room a packet in pieces gets at once; beyond, its room grows with what has arrived. */
const FIRST_ROOM = 0x40_0000;

const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** What {@link Decoder} is, for the packets of one table: a bundle has no others. */
export class StreamDecoder {
  private readonly decoders: readonly PacketDecoder<Packet>[];
  private readonly maxPacketSize: number;
  protected readonly reader: Reader = new Reader(NOTHING); // of the chunk
  protected firstByte = 0; // 0: between two packets
  private remainingLength = 0;
  protected lengthShift = 0; // 7 bits for each length byte read
  private isBodyNext = false;
  private body: Uint8Array = NOTHING;
  protected gathered = 0; // bytes kept in body; 0: nothing yet
  private error: unknown;

  /** @internal */
  constructor(decoders: readonly PacketDecoder<Packet>[], maxPacketSize: number = MAX_REMAINING_LENGTH + 5) {
    this.decoders = decoders;
    this.maxPacketSize = maxPacketSize;
  }

  /** Takes the next bytes of the stream. Throws an Error when the chunk before was not read to its end. */
  push(chunk: Uint8Array): void {
    if (this.error !== undefined) return; // read() tells
    if (this.reader.left > 0) throw new Error('read() until it returns undefined before the next push()');
    this.reader.open(chunk);
  }

  /**
   * The next packet, or undefined when more bytes are needed. Throws ProtocolError or PacketTooLargeError, and from
   * then on always the same one: behind a broken packet nobody knows where the next begins.
   */
  read(): Packet | undefined {
    if (this.error !== undefined) throw this.error;
    try {
      return this.next();
    } catch (error) {
      this.error = error;
      this.reader.open(NOTHING);
      this.body = NOTHING;
      this.gathered = this.firstByte = 0;
      throw error;
    }
  }

  private next(): Packet | undefined {
    const reader = this.reader;
    while (!this.isBodyNext) {
      if (reader.left === 0) {
        reader.open(NOTHING); // an idle client keeps no chunk
        return undefined;
      }
      this.readFixedHeader(reader.byte('fixed header'));
    }
    const missing = this.remainingLength - this.gathered;
    if (reader.left < missing) {
      this.gather(reader.left);
      return undefined;
    }
    if (this.gathered === 0) return this.readBody(reader);
    this.gather(missing);
    const body = new Reader(this.body);
    this.body = NOTHING; // a payload may be a view of it
    this.gathered = 0;
    return this.readBody(body);
  }

  private readFixedHeader(byte: number): void {
    if (this.firstByte === 0) {
      checkFirstByte(byte);
      this.firstByte = byte;
      this.remainingLength = this.lengthShift = 0;
      return;
    }
    this.remainingLength |= (byte & 0x7f) << this.lengthShift;
    this.lengthShift += 7;
    if (byte < 0x80) return this.endFixedHeader();
    // Errata 01, 2.1: the 2014 text's own algorithm refuses every length of four bytes
    if (this.lengthShift === 28) throw new ProtocolError('§2.2.3', 'the Remaining Length has more than four bytes');
  }

  private endFixedHeader(): void {
    const packetSize = fixedHeaderSize(this.remainingLength) + this.remainingLength;
    if (packetSize > this.maxPacketSize) throw new PacketTooLargeError(packetSize, this.maxPacketSize);
    this.isBodyNext = true;
  }

  private readBody(reader: Reader): Packet {
    const firstByte = this.firstByte;
    const decoder = this.decoders[(firstByte >> 4) - 1]!;
    this.firstByte = 0;
    this.isBodyNext = false;
    reader.enter(this.remainingLength);
    const packet = decoder.read(reader, firstByte);
    const length = decoder.check(packet);
    if (length !== this.remainingLength)
      throw new ProtocolError('§2.2.3', `the Remaining Length is ${this.remainingLength}, the fields take ${length}`);
    reader.leave();
    return packet;
  }

  private gather(count: number): void {
    const needed = this.gathered + count;
    if (needed > this.body.length) this.grow(needed);
    this.reader.copy(count, this.body, this.gathered);
    this.gathered = needed;
  }

  private grow(needed: number): void {
    const room = Math.max(needed, 2 * this.body.length, FIRST_ROOM);
    const larger = new Uint8Array(Math.min(room, this.remainingLength));
    larger.set(this.body.subarray(0, this.gathered));
    this.body = larger;
  }
}

/**
 * A streaming decoder. `push` a chunk, then `read` until it returns undefined, then push the next one.
 *
 * A packet that lies whole in one chunk is decoded in place, and a PUBLISH's payload is a view of that chunk: it
 * keeps the chunk in memory, and the chunk must not be overwritten. A packet in pieces is gathered in an array of
 * its own, in linear time; beyond 4 MiB memory is taken for what arrived, not for what was announced.
 */
export class Decoder extends StreamDecoder {
  /** @param options maxPacketSize: in bytes, of a whole packet; by default what the standard allows, 268,435,460 */
  constructor({ maxPacketSize }: { maxPacketSize?: number | undefined } = {}) {
    super(decoders, maxPacketSize);
  }

  /** Bytes that were pushed and have not yet come out as packets. */
  get bufferedBytes(): number {
    const headerBytes = this.firstByte === 0 ? 0 : 1 + this.lengthShift / 7;
    return headerBytes + this.gathered + this.reader.left;
  }
}
