import { encodeRemainingLength } from './1-encode-length.mjs';
import { decodeRemainingLength } from './2-decode-length.mjs';
import { decodeString, encodeString } from './3-string.mjs';

export function encodePublish({ topic, payload, qos, retain, dup, packetId }) {
  const firstByte = 0x30 | (dup ? 0x08 : 0) | (qos << 1) | (retain ? 0x01 : 0);
  const header = [...encodeString(topic), ...(qos > 0 ? [packetId >> 8, packetId & 0xff] : [])];
  return Uint8Array.from([firstByte, ...encodeRemainingLength(header.length + payload.length), ...header, ...payload]);
}

export function decodePublish(bytes) {
  const dup = (bytes[0] & 0x08) !== 0;
  const qos = (bytes[0] >> 1) & 0b11;
  const retain = (bytes[0] & 0x01) !== 0;
  if (qos === 3) throw new Error('a QoS of 3 does not exist [MQTT-3.3.1-4]');
  if (dup && qos === 0) throw new Error('DUP must be 0 at QoS 0 [MQTT-3.3.1-2]');
  const { text: topic, next } = decodeString(bytes, decodeRemainingLength(bytes, 1).next);
  if (qos === 0) return { topic, payload: bytes.slice(next), qos, retain, dup, packetId: 0 };
  if (next + 2 > bytes.length) throw new Error('the packet identifier is missing');
  const packetId = (bytes[next] << 8) | bytes[next + 1];
  if (packetId === 0) throw new Error('the packet identifier must not be 0 [MQTT-2.3.1-1]');
  return { topic, payload: bytes.slice(next + 2), qos, retain, dup, packetId };
}
