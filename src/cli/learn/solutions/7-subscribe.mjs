import { encodeRemainingLength } from './1-encode-length.mjs';
import { decodeRemainingLength } from './2-decode-length.mjs';
import { encodeString } from './3-string.mjs';

export function encodeSubscribe({ packetId, subscriptions }) {
  if (subscriptions.length === 0) throw new Error('a SUBSCRIBE has at least one topic filter [MQTT-3.8.3-3]');
  const payload = subscriptions.flatMap(({ topicFilter, qos }) => [...encodeString(topicFilter), qos]);
  return Uint8Array.from([
    0x82,
    ...encodeRemainingLength(2 + payload.length),
    packetId >> 8,
    packetId & 0xff,
    ...payload,
  ]);
}

export function decodeSuback(bytes) {
  if (bytes[0] !== 0x90) throw new Error('this is not a SUBACK');
  const { next } = decodeRemainingLength(bytes, 1);
  const packetId = (bytes[next] << 8) | bytes[next + 1];
  const returnCodes = Array.from(bytes.subarray(next + 2));
  if (packetId === 0) throw new Error('the packet identifier must not be 0');
  if (returnCodes.length === 0) throw new Error('a SUBACK has at least one return code');
  const reserved = returnCodes.find((code) => code > 2 && code !== 0x80);
  if (reserved !== undefined) throw new Error(`return code ${reserved} is reserved [MQTT-3.9.3-2]`);
  return { packetId, returnCodes };
}
