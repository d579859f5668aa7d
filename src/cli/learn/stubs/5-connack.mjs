/**
 * Reads a CONNACK (3.2).
 *
 * @param {Uint8Array} bytes one packet
 * @returns {{ sessionPresent: boolean, returnCode: number }} throws an Error when it is not a legal CONNACK
 */
export function decodeConnack(bytes) {
  throw new Error('not written yet');
}
