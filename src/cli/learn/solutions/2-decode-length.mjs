export function decodeRemainingLength(bytes, offset) {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    if (offset + i >= bytes.length) return undefined;
    const byte = bytes[offset + i];
    length += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return { length, next: offset + i + 1 };
  }
  throw new Error('the Remaining Length has more than four bytes');
}
