/** The bytes written as `'40 02 00 01'`. */
export function bytes(hex: string): Uint8Array {
  const digits = hex.replaceAll(' ', '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hex: ${hex}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function hex(source: Uint8Array): string {
  return Array.from(source, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** `source` in pieces of `size` bytes, each with a buffer of its own. */
export function pieces(source: Uint8Array, size: number): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let start = 0; start < source.length; start += size) all.push(source.slice(start, start + size));
  return all;
}
