// 1.5 Data representations, as they are read: from one chunk, one packet's body after the other, and never past the
// end of that body. Nothing here calls back, so the position can be kept in variables of the module.

import { openChunk, readText, viewOf } from '#text';
import { refuse } from './error.ts';
import type { TextRule } from './rule.ts';

export const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

let chunk: Uint8Array = NOTHING;
/** Where the next byte is read. */
export let position = 0;
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

/** 1.5.3: a text is checked at once, so that nothing is built behind an illegal one. */
export const readString = (field: string, rule: TextRule): string =>
  readText(chunk, skip(readUint16(field), field), position, field, rule);

/** A copy: a password is small and lives long, and must not keep the chunk in memory. */
export const readBinary = (field: string): Uint8Array => {
  const size = readUint16(field);
  return new Uint8Array(viewOf(chunk, skip(size, field), size));
};

/** A view of all that is left. */
export const readRest = (): Uint8Array => viewOf(chunk, position, end - skip(end - position, ''));

/** As many items as there are. A list that has `room` for them is not copied while it grows. */
export const readList = <T>(readItem: () => T, room = 0): T[] => {
  const items: T[] = new Array(room);
  for (let i = 0; position < end; i++) items[i] = readItem();
  return items;
};
