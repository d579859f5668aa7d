export function encodeRemainingLength(length) {
  if (!Number.isInteger(length) || length < 0 || length > 268_435_455)
    throw new RangeError(`no such length: ${length}`);
  const bytes = [];
  let rest = length;
  do {
    const sevenBits = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? sevenBits + 128 : sevenBits);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}
