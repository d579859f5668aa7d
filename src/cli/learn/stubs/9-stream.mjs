import { decodeRemainingLength } from './2-decode-length.mjs';

/**
 * Cuts a stream of bytes into packets.
 *
 * @returns {{ push(chunk: Uint8Array): Uint8Array[] }} `push` takes the bytes that came in, and returns the packets that
 *   are whole now, each in a Uint8Array of its own. It throws an Error when a Remaining Length has more than four bytes.
 */
export function createDecoder() {
  throw new Error('not written yet');
}
