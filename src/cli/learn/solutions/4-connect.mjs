import { encodeRemainingLength } from './1-encode-length.mjs';
import { encodeString } from './3-string.mjs';

const encodeBinary = (bytes) => [bytes.length >> 8, bytes.length & 0xff, ...bytes];

export function encodeConnect({ clientId, cleanSession, keepAlive, username, password, will }) {
  let flags = cleanSession ? 0x02 : 0;
  const payload = [...encodeString(clientId)];
  if (will !== undefined) {
    flags |= 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0);
    payload.push(...encodeString(will.topic), ...encodeBinary(will.payload));
  }
  if (username !== undefined) {
    flags |= 0x80;
    payload.push(...encodeString(username));
  }
  if (password !== undefined) {
    flags |= 0x40;
    payload.push(...encodeBinary(password));
  }
  const header = [...encodeString('MQTT'), 4, flags, keepAlive >> 8, keepAlive & 0xff];
  return Uint8Array.from([0x10, ...encodeRemainingLength(header.length + payload.length), ...header, ...payload]);
}
