import { encodeRemainingLength } from './1-encode-length.mjs';
import { encodeString } from './3-string.mjs';

/**
 * A CONNECT (3.1).
 *
 * @param {object} options
 * @param {string} options.clientId
 * @param {boolean} options.cleanSession
 * @param {number} options.keepAlive seconds, 0 to 65,535
 * @param {string} [options.username] undefined: none. An empty one is one.
 * @param {Uint8Array} [options.password]
 * @param {{ topic: string, payload: Uint8Array, qos: 0 | 1 | 2, retain: boolean }} [options.will]
 * @returns {Uint8Array}
 */
export function encodeConnect({ clientId, cleanSession, keepAlive, username, password, will }) {
  throw new Error('not written yet');
}
