// Bytes as people paste them, and as they read them.

/** The bytes of hex digits, whatever stands between them; of base64 otherwise. Throws when it is neither. */
export function parseBytes(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/0x|[\s,:]/gi, '');
  if (/^([0-9a-f]{2})*$/i.test(digits)) return parseHex(digits);
  if (/^[0-9a-f]+$/i.test(digits)) throw new RangeError('the last byte has only one digit');
  try {
    return Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
  } catch {
    throw new RangeError('this is neither hex nor base64');
  }
}

function parseHex(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Two lower-case digits a byte, with a space between bytes. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join(' ');
}

export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** 1 byte, 2 bytes … 1,000 bytes */
export function bytesOf(count: number): string {
  return count === 1 ? '1 byte' : `${count.toLocaleString('en')} bytes`;
}
