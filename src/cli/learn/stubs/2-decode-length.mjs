/**
 * Reads a Remaining Length (2.2.3).
 *
 * @param {Uint8Array} bytes
 * @param {number} offset of its first byte
 * @returns {{ length: number, next: number } | undefined} the number, and the offset of the byte behind it; undefined
 *   when bytes are missing. Throws an Error when the fourth byte says that another one follows.
 */
export function decodeRemainingLength(bytes, offset) {
  throw new Error('not written yet');
}
