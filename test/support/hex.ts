// Bytes as text, for tests; in ES5 and typed arrays alone, since test/runtimes takes this into every engine.
/** The bytes written as `'40 02 00 01'`. */
export function bytes(hex: string): Uint8Array {
  const digits = hex.split(' ').join('');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not hex: ${hex}`);
  return new Uint8Array((digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
}

export function hex(source: Uint8Array): string {
  const digits: string[] = [];
  for (let i = 0; i < source.length; i++) digits.push((0x100 + source[i]!).toString(16).slice(1));
  return digits.join(' ');
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
  for (let start = 0; start < source.length; start += size)
    all.push(new Uint8Array(source.subarray(start, start + size)));
  return all;
}
