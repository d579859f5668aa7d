const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeString(text) {
  if (text.includes('\0')) throw new Error('a string must not have U+0000 [MQTT-1.5.3-2]');
  if (/\p{Surrogate}/u.test(text)) throw new Error('a string must not have half a surrogate pair [MQTT-1.5.3-1]');
  const bytes = encoder.encode(text);
  if (bytes.length > 65_535) throw new Error(`a string must not have ${bytes.length} bytes`);
  return Uint8Array.from([bytes.length >> 8, bytes.length & 0xff, ...bytes]);
}

export function decodeString(bytes, offset) {
  const start = offset + 2;
  if (start > bytes.length) throw new Error('the length of a string is missing');
  const next = start + (bytes[offset] << 8) + bytes[offset + 1];
  if (next > bytes.length) throw new Error('the end of a string is missing');
  const text = decoder.decode(bytes.subarray(start, next));
  if (text.includes('\0')) throw new Error('a string must not have U+0000 [MQTT-1.5.3-2]');
  return { text, next };
}
