// 1.5.3 UTF-8 encoded strings: nothing is remembered.
import { type Clause, ProtocolError } from '../../src/codec/error.ts';
import { readUtf8, utf8Length, writeUtf8 } from '../../src/codec/utf8.ts';

/** A text that may go into a packet. */
export interface Text {
  readonly text: string;
  readonly size: number;
  isTopic: boolean;
}

export function stringSize(text: string, field: string): number {
  return sized(textOf(text, field).size, field);
}

export function sized(size: number, field: string, clause: Clause = '§1.5.3'): number {
  if (size > 0xffff) throw new ProtocolError(clause, `${field} has ${size} bytes, at most 65535 are allowed`);
  return 2 + size;
}

export function textOf(text: string, field: string): Text {
  if (typeof text !== 'string') throw new TypeError(`${field} must be a string`);
  return textFrom(text, utf8Length(text), field);
}

function textFrom(text: string | undefined, size: number, field: string): Text {
  if (text === undefined || size < 0) throw new ProtocolError('MQTT-1.5.3-1', `${field} is not well-formed UTF-8`);
  if (text.indexOf('\0') !== -1) throw new ProtocolError('MQTT-1.5.3-2', `${field} contains U+0000`);
  return { text, size, isTopic: false };
}

export function writeString(text: string, target: Uint8Array, offset: number): number {
  const end = writeUtf8(text, target, offset + 2);
  const size = end - offset - 2;
  target[offset] = size >> 8;
  target[offset + 1] = size;
  return end;
}

export const set: Uint8Array['set'] = Uint8Array.prototype.set;

export function readText(bytes: Uint8Array, start: number, end: number, _view: unknown, field: string): string {
  return textFrom(readUtf8(bytes, start, end), end - start, field).text;
}
