// Packets out of a stream of chunks, cut anywhere [MQTT-6.0.0-2].
import { integer } from './check.ts';
import { PacketTooLargeError, refuse } from './error.ts';
import { MAX_REMAINING_LENGTH, sizeOf, typeOf } from './fixed-header.ts';
import { type Packet, PUT, READ } from './packets/index.ts';
import type { ReadBody } from './packets/packet.ts';
import { NOTHING, openBody, position } from './read.ts';

export interface DecoderOptions {
  /** Bytes of a whole packet. Default: what the standard allows, 268,435,460. */
  readonly maxPacketSize?: number | undefined;
  /**
   * Return codes of a SUBACK, one for each filter that was asked for [MQTT-3.8.4-5]. A SUBACK that announces more is refused
   * before its body arrives. Default: 67,108,863, since one SUBSCRIBE cannot hold more filters.
   */
  readonly maxReturnCodes?: number | undefined;
}

/** A streaming decoder for those types of packets that it has readers for. */
export class PacketDecoder {
  private readonly readers: readonly ReadBody<Packet>[];
  private readonly maxPacketSize: number;
  private readonly maxReturnCodes: number;
  // what has come and is not read yet: `bytes[start..end)`
  private bytes!: Uint8Array;
  private start!: number;
  private end!: number;
  /** Of the packet that is not complete, 0 while its fixed header is not; -1 before `read` has looked. */
  private size!: number;
  private error: unknown;
  /**
   * The packet that was read whole and then broke a rule, such as a SUBACK with a reserved return code: it tells which
   * request was answered. Undefined before `read` has refused a packet, and when that packet could not be read whole.
   */
  readonly refused: Packet | undefined;

  constructor(
    readers: readonly ReadBody<Packet>[],
    {
      maxPacketSize = MAX_REMAINING_LENGTH + 5,
      maxReturnCodes = MAX_REMAINING_LENGTH >> 2, // a filter takes four bytes or more
    }: DecoderOptions = {},
  ) {
    this.readers = readers;
    this.maxPacketSize = maxPacketSize;
    this.maxReturnCodes = maxReturnCodes;
    this.open(NOTHING, 0);
  }

  private open(bytes: Uint8Array, end: number): void {
    this.bytes = bytes;
    this.start = 0;
    this.end = end;
    this.size = -1;
    openBody(NOTHING, 0, 0); // the module that reads must not keep an earlier chunk
  }

  /** Bytes that were pushed and have not yet come out as packets. */
  get bufferedBytes(): number {
    return this.end - this.start;
  }

  /** Takes the next bytes of the stream. Throws an Error when the chunk before was not read to its end. */
  push(chunk: Uint8Array): void {
    if (this.error) return; // read() throws it
    const { bytes, start, end } = this;
    if (start === end) return this.open(chunk, chunk.length);
    if (this.size < 0) throw new Error('read() all before push()');
    const needed = end - start + chunk.length;
    let gathered = bytes;
    // Never in an array that an earlier payload is a view of. 4 MiB at once, then as much as has arrived.
    if (start > 0 || needed > bytes.length) {
      gathered = new Uint8Array(Math.max(needed, Math.min(this.size, 2 * needed + 0x40_0000)));
      gathered.set(bytes.subarray(start, end));
    }
    gathered.set(chunk, end - start);
    this.open(gathered, needed);
  }

  /**
   * The next packet, or undefined when more bytes are needed. Throws ProtocolError or PacketTooLargeError, and from
   * then on always the same one, because after a broken packet there is no way to know where the next begins.
   */
  read(): Packet | undefined {
    if (this.error) throw this.error;
    let packet: Packet | undefined;
    try {
      const { bytes, start, end, maxPacketSize } = this;
      if (start === end) return this.open(NOTHING, 0) as undefined; // an idle client keeps no chunk
      const firstByte = bytes[start]!;
      const type = typeOf(firstByte);
      let body = start + 1;
      let length = 0;
      for (let shift = 0, byte = 0x80; byte > 0x7f; shift += 7) {
        // Errata 01, 2.1: the algorithm of the 2014 text refuses every length of four bytes
        if (shift === 28) refuse('§2.2.3', 'Remaining Length', 'have 5 bytes');
        if (body === end) {
          this.size = 0;
          return undefined;
        }
        byte = bytes[body++]!;
        length |= (byte & 0x7f) << shift;
      }
      if (sizeOf(length) > maxPacketSize) throw new PacketTooLargeError(sizeOf(length), maxPacketSize);
      if (type === 9 && length > 2) integer(length - 2, 1, this.maxReturnCodes, 'MQTT-3.8.4-5', 'returnCodes.length');
      if (body + length > end) {
        this.size = body + length - start;
        return undefined;
      }
      this.start = body + length;
      openBody(bytes, body, length);
      packet = this.readers[type]!(firstByte, length);
      PUT[type]!(null, 0, packet as never);
      if (position < this.start) refuse('§2.2.3', 'Remaining Length', `be ${length}`);
      return packet;
    } catch (error) {
      this.error = error;
      (this as { refused: Packet | undefined }).refused = packet;
      this.open(NOTHING, 0);
      throw error;
    }
  }
}

/**
 * A streaming decoder. `push` a chunk, then `read` until it returns undefined, then push the next one.
 *
 * A packet that lies whole in one chunk is decoded in place, and a PUBLISH's payload is a view of that chunk: it
 * keeps the chunk in memory, and the chunk must not be overwritten. A packet in pieces is gathered in an array of
 * its own, in linear time; beyond 4 MiB memory is taken for what arrived, not for what was announced.
 */
export class Decoder extends PacketDecoder {
  constructor(options?: DecoderOptions) {
    super(READ, options);
  }
}
