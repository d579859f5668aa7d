/**
 * The Remaining Length as bytes (2.2.3).
 *
 * @param {number} length an integer from 0 to 268,435,455; anything else must throw a RangeError
 * @returns {Uint8Array} one to four bytes
 */
export function encodeRemainingLength(length) {
  throw new Error('not written yet');
}
