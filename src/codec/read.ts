// 1.5 Data representations, as they are read: from one chunk, one packet's body after the other, and never past the
// end of that body. Nothing here calls back, so the position can be kept in variables of the module.

import { openChunk, readText, viewOf } from '#text';
import { refuse } from './error.ts';

export const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

let chunk: Uint8Array = NOTHING;
let position = 0;
let end = 0;

/** From here on, the body is `bytes[start..start + length)`. */
export function openBody(bytes: Uint8Array, start: number, length: number): void {
  chunk = bytes;
  openChunk(bytes);
  position = start;
  end = start + length;
}

/** Moves behind the next bytes and returns where they start. */
const skip = (count: number, field: string): number => {
  position += count;
  if (position > end) refuse('§2.2.3', 'the packet', `end inside its ${field}`);
  return position - count;
};

export const readByte = (field: string): number => chunk[skip(1, field)]!;

/** 1.5.2: most significant byte first. */
export const readUint16 = (field: string): number => (readByte(field) << 8) | readByte(field);

export const readString = (field: string): string => readText(chunk, skip(readUint16(field), field), position, field);

/** A copy: a password is small and lives long, and must not keep the chunk in memory. */
export const readBinary = (field: string): Uint8Array => {
  const size = readUint16(field);
  return new Uint8Array(viewOf(chunk, skip(size, field), size));
};

/** A view of all that is left. */
export const readRest = (): Uint8Array => viewOf(chunk, position, end - position);

/** As many items as there are. */
export const readList = <T>(readItem: () => T): T[] => {
  const items: T[] = [];
  while (position < end) items.push(readItem());
  return items;
};
