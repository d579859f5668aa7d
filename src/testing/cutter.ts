// 2.2: the network takes a stream apart into packets, so that each can meet a fate of its own.
import { Decoder, type Packet } from '../codec/codec.ts';
import { NOTHING } from '../codec/read.ts';

/** The bytes of a packet; or bytes that the broker will refuse. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly packet: Packet | undefined;
}

export class Cutter {
  private readonly decoder = new Decoder();
  private rest: Uint8Array = NOTHING;

  /** The packets that are complete with this chunk. Behind a broken one, all bytes are one piece. */
  cut(chunk: Uint8Array): Piece[] {
    const { decoder } = this;
    const pieces: Piece[] = [];
    let bytes = this.rest.length > 0 ? joined([this.rest, chunk]) : chunk;
    try {
      decoder.push(chunk);
      for (;;) {
        const before = decoder.bufferedBytes;
        const packet = decoder.read();
        if (!packet) break;
        const size = before - decoder.bufferedBytes;
        pieces.push({ bytes: bytes.subarray(0, size), packet });
        bytes = bytes.subarray(size);
      }
    } catch {
      pieces.push({ bytes, packet: undefined });
      bytes = NOTHING;
    }
    this.rest = bytes;
    return pieces;
  }
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}
