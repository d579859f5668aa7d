import { encodeRemainingLength } from './1-encode-length.mjs';
import { decodeRemainingLength } from './2-decode-length.mjs';
import { decodeString, encodeString } from './3-string.mjs';

/**
 * A PUBLISH (3.3).
 *
 * @typedef {object} Publish
 * @property {string} topic
 * @property {Uint8Array} payload
 * @property {0 | 1 | 2} qos
 * @property {boolean} retain
 * @property {boolean} dup
 * @property {number} packetId 0 when the QoS is 0
 *
 * @param {Publish} packet
 * @returns {Uint8Array}
 */
export function encodePublish({ topic, payload, qos, retain, dup, packetId }) {
  throw new Error('not written yet');
}

/**
 * Reads a PUBLISH.
 *
 * @param {Uint8Array} bytes one packet, of which the length is right
 * @returns {Publish} throws an Error when it is not legal
 */
export function decodePublish(bytes) {
  throw new Error('not written yet');
}
