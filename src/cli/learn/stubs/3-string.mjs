/**
 * A string with its length in front (1.5.3).
 *
 * @param {string} text throws an Error when it has U+0000, half a surrogate pair, or more than 65,535 bytes
 * @returns {Uint8Array}
 */
export function encodeString(text) {
  throw new Error('not written yet');
}

/**
 * Reads such a string.
 *
 * @param {Uint8Array} bytes
 * @param {number} offset of its length
 * @returns {{ text: string, next: number }} the text, and the offset of the byte behind it. Throws an Error when bytes
 *   are missing, when they are not UTF-8, and when U+0000 is in them.
 */
export function decodeString(bytes, offset) {
  throw new Error('not written yet');
}
