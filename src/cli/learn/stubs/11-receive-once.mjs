import { decodePublish } from './6-publish.mjs';

/**
 * The receiver of QoS 2 (4.3.3).
 *
 * @param {(message: { topic: string, payload: Uint8Array }) => void} deliver to be called once for each message
 * @returns {{ receive(bytes: Uint8Array): Uint8Array }} `receive` takes a PUBLISH of QoS 2 or a PUBREL, and returns the
 *   answer: PUBREC or PUBCOMP
 */
export function createReceiver(deliver) {
  throw new Error('not written yet');
}
