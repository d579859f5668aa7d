import { encodeRemainingLength } from './1-encode-length.mjs';
import { decodeRemainingLength } from './2-decode-length.mjs';
import { encodeString } from './3-string.mjs';

/**
 * A SUBSCRIBE (3.8).
 *
 * @param {object} packet
 * @param {number} packet.packetId 1 to 65,535
 * @param {{ topicFilter: string, qos: 0 | 1 | 2 }[]} packet.subscriptions throws an Error when there is none
 * @returns {Uint8Array}
 */
export function encodeSubscribe({ packetId, subscriptions }) {
  throw new Error('not written yet');
}

/**
 * Reads a SUBACK (3.9).
 *
 * @param {Uint8Array} bytes one packet, of which the length is right
 * @returns {{ packetId: number, returnCodes: number[] }} throws an Error when it is not legal
 */
export function decodeSuback(bytes) {
  throw new Error('not written yet');
}
