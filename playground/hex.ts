// Bytes as people read them.
import { bytesIn } from '../src/explain/pasted.ts';

/** The bytes of hex digits, whatever stands between them. Throws when something else stands there. */
export function parseHex(text: string): Uint8Array<ArrayBuffer> {
  return text.trim() === '' ? new Uint8Array() : new Uint8Array(bytesIn(text, 'hex'));
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

/** The first bytes as characters, a point for each that is not printable. */
export function ascii(bytes: Uint8Array): string {
  const characters = Array.from(bytes.subarray(0, 16), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·',
  );
  return characters.join('') + (bytes.length > 16 ? '…' : '');
}
