// 1.5.3 UTF-8 encoded strings: what a packet must know of a text, looked up where it was seen before.
import { type Clause, ProtocolError } from './error.ts';
import { readUtf8, utf8Length, writeUtf8 } from './utf8.ts';

/** A text that may go into a packet. */
export interface Text {
  readonly text: string;
  /** In bytes of UTF-8. */
  readonly size: number;
  /** Whether it has passed for a Topic Name. */
  isTopic: boolean;
  wasWritten: boolean;
  /** Its UTF-8, if it was written more than once. */
  bytes: Uint8Array | undefined;
  /** Its UTF-8 as {@link takeWords} takes it, if it was read. */
  words: Int32Array | undefined;
}

/*
 * A device sends and receives the same few topics again and again, and to look one up takes a fraction of the time
 * that checking, measuring and converting it takes (measured). So the latest text is remembered, and by chance one in
 * sixteen of the others: what recurs is soon known. While nothing recurs, no more than those are looked up (measured).
 */
const ENTRIES = 256;
const LONGEST = 128; // bytes, but for the latest: all that is remembered stays below 256 KiB
const PATIENCE = 64;
const byText: Map<string, Text> | undefined = typeof Map === 'function' ? new Map() : undefined;
const byHash: Map<number, Text> | undefined = typeof Map === 'function' ? new Map() : undefined;
let latest: Text = /* @__PURE__ */ textFrom('', 0, '');
let missesInARow = 0;
let draws = 0;

/** True one time in sixteen. */
function isDrawn(): boolean {
  // high bits of the multiples of the golden ratio: no traffic keeps in step with them
  return Math.imul(++draws, 0x9e3779b1) >>> 28 === 0;
}

function keep<K>(known: Map<K, Text>, key: K, text: Text): void {
  if (text.size > LONGEST) return;
  if (known.size === ENTRIES) known.clear();
  known.set(key, text);
}

/** Size in bytes of a string with its length in front. */
export function stringSize(text: string, field: string): number {
  return sized(textOf(text, field).size, field);
}

/** 2 bytes of length, and at most as many bytes as they can count. */
export function sized(size: number, field: string, clause: Clause = '§1.5.3'): number {
  if (size > 0xffff) throw new ProtocolError(clause, `${field} has ${size} bytes, at most 65535 are allowed`);
  return 2 + size;
}

/** Refuses lone surrogates [MQTT-1.5.3-1] and U+0000 [MQTT-1.5.3-2]. */
export function textOf(text: string, field: string): Text {
  return text === latest.text ? latest : lookUp(text, field);
}

function lookUp(text: string, field: string): Text {
  const isChosen = byText !== undefined && isDrawn();
  const known = isChosen || missesInARow < PATIENCE ? byText?.get(text) : undefined;
  if (known !== undefined) {
    missesInARow = 0;
    latest = known;
    return known;
  }
  missesInARow++;
  if (typeof text !== 'string') throw new TypeError(`${field} must be a string`);
  const fresh = textFrom(text, utf8Length(text), field);
  if (fresh.size > 0xffff) return fresh; // fits into no packet
  latest = fresh;
  if (isChosen) keep(byText, text, fresh);
  return fresh;
}

function textFrom(text: string | undefined, size: number, field: string): Text {
  if (text === undefined || size < 0) throw new ProtocolError('MQTT-1.5.3-1', `${field} is not well-formed UTF-8`);
  if (text.indexOf('\0') !== -1) throw new ProtocolError('MQTT-1.5.3-2', `${field} contains U+0000`);
  return { text, size, isTopic: false, wasWritten: false, bytes: undefined, words: undefined };
}

/** Writes a string that was measured, its length in front, and returns the offset behind it. */
export function writeString(text: string, target: Uint8Array, offset: number): number {
  const known = text === latest.text ? latest : byText?.get(text);
  const start = offset + 2;
  const end = known === undefined ? writeUtf8(text, target, start) : writeKnown(known, target, start);
  const size = end - start;
  target[offset] = size >> 8;
  target[offset + 1] = size;
  return end;
}

function writeKnown(known: Text, target: Uint8Array, offset: number): number {
  if (known.bytes !== undefined) {
    set.call(target, known.bytes, offset);
    return offset + known.size;
  }
  const end = writeUtf8(known.text, target, offset);
  if (known.wasWritten) known.bytes = new Uint8Array(target.subarray(offset, end));
  known.wasWritten = true;
  return end;
}

/** Looked up once: to find it takes half as long as a short copy does (measured). */
export const set: Uint8Array['set'] = /* @__PURE__ */ (() => Uint8Array.prototype.set)();

/** The text in `bytes[start..end)`; `view` is of the same bytes, where there is one. */
export function readText(
  bytes: Uint8Array,
  start: number,
  end: number,
  view: DataView | undefined,
  field: string,
): string {
  const size = end - start;
  const isShort = byHash !== undefined && size >= 4 && size <= LONGEST;
  const hash = isShort ? takeWords(bytes, start, end - 4, view) : 0;
  const known = byHash?.get(hash);
  if (isShort && known !== undefined && known.size === size && isTaken(known.words!)) {
    latest = known;
    return known.text;
  }
  latest = textFrom(readUtf8(bytes, start, end), size, field);
  if (isShort && isDrawn()) {
    latest.words = new Int32Array(taken.subarray(0, (size + 3) >> 2)); // an ES5 engine has no slice()
    keep(byHash, hash, latest);
  }
  return latest.text;
}

/*
 * Bytes are hashed and compared in words of four, the last of which may overlap the one before it: half the time that
 * single bytes take, and with a view a quarter (measured).
 */
const taken: Int32Array = /* @__PURE__ */ new Int32Array(LONGEST / 4);

function takeWords(bytes: Uint8Array, start: number, last: number, view: DataView | undefined): number {
  let hash = 0;
  let count = 0;
  for (let i = start; ; i += 4) {
    if (i > last) i = last;
    const word = view === undefined ? wordAt(bytes, i) : view.getInt32(i);
    taken[count++] = word;
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    if (i === last) return hash >>> 2; // 30 bits: an integer in every engine
  }
}

function wordAt(bytes: Uint8Array, i: number): number {
  return (bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!;
}

function isTaken(words: Int32Array): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== taken[i]) return false;
  return true;
}
