import { encodeConnect } from './4-connect.mjs';
import { decodeConnack } from './5-connack.mjs';
import { decodePublish, encodePublish } from './6-publish.mjs';
import { decodeSuback, encodeSubscribe } from './7-subscribe.mjs';
import { createDecoder } from './9-stream.mjs';

/**
 * A client that comes back.
 *
 * @typedef {object} Events
 * @property {() => void} opened
 * @property {(chunk: Uint8Array) => void} received
 * @property {() => void} closed
 *
 * @param {object} options
 * @param {string} options.clientId
 * @param {(events: Events) => { send(bytes: Uint8Array): void, close(): void }} options.connect opens a connection. It calls
 *   no function of `events` before it has returned.
 * @param {(message: { topic: string, payload: Uint8Array }) => void} options.onMessage
 * @returns {{ subscribe(topicFilter: string): Promise<void>, publish(topic: string, payload: Uint8Array): Promise<void> }}
 */
export function createClient({ clientId, connect, onMessage }) {
  throw new Error('not written yet');
}
