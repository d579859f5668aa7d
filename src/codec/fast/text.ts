// 1.5.3 UTF-8 encoded strings: the fast version of ../text.ts, with the same exports. It remembers what it has found out
// about the topics it saw before; without its memory nothing would change but the time.
import { checkType } from '../check.ts';
import { refuse } from '../error.ts';
import { stringRule, type TextRule } from '../rule.ts';
import { copyBytes, wordAt } from './memory.ts';
import { readUtf8, utf8Length, writeUtf8 } from './utf8.ts';

export { allocate, copyBytes, isBytes, openChunk, viewOf } from './memory.ts';

/** What is known of a text. */
interface Text {
  readonly text: string;
  /** In bytes of UTF-8. */
  readonly size: number;
  /** It is printable ASCII without wildcards, which no rule refuses. */
  readonly isPlain: boolean;
  /** The rule that it has passed last. */
  passed: TextRule | undefined;
  wasWritten: boolean;
  /** Its UTF-8, if it was written more than once. */
  bytes: Uint8Array | undefined;
  /** Its UTF-8 as {@link takeWords} takes it, if it was read. */
  words: Int32Array | undefined;
}

/*
 * A device sends and receives the same few topics again and again. Looking one up takes a fraction of the time of
 * checking, measuring and converting it. So the latest topic is remembered, and by chance one in sixteen of the others:
 * a topic that recurs is soon known. While none recurs, only those drawn by chance are looked up. Texts that are no
 * topics and no topic filters are never remembered: they may be user names.
 * (measured: `npm run bench`, rows "same topic", "100 topics" and "topics never seen before")
 */
const ENTRIES = 256;
const LONGEST = 128; // bytes, but for the latest: all that is remembered stays below 256 KiB
const PATIENCE = 64;
const byText: Map<string, Text> | undefined = typeof Map === 'function' ? new Map() : undefined;
const byHash: Map<number, Text> | undefined = typeof Map === 'function' ? new Map() : undefined;
let latest: Text = /* @__PURE__ */ textFrom('', 0, false);
let missesInARow = 0;
let draws = 0;

/** True one time in sixteen. */
function isDrawn(): boolean {
  // The high bits of the multiples of the golden ratio: no traffic keeps in step with them.
  return Math.imul(++draws, 0x9e3779b1) >>> 28 === 0;
}

function keep<K>(known: Map<K, Text>, key: K, text: Text): void {
  if (text.size > LONGEST) return;
  if (known.size === ENTRIES) known.clear();
  known.set(key, text);
}

function textFrom(text: string, size: number, isPlain: boolean): Text {
  return { text, size, isPlain, passed: undefined, wasWritten: false, bytes: undefined, words: undefined };
}

const refuseIllFormed = (field: string) => refuse('MQTT-1.5.3-1', field, 'be ill-formed');

const PLAIN = /^[ -"$-*,-~]+$/;

export function putUtf8(
  target: Uint8Array | undefined,
  offset: number,
  text: string,
  field: string,
  rule: TextRule,
): number {
  if (!target) return check(text === latest.text ? latest : lookUp(text, field, rule), field, rule).size;
  const known = text === latest.text ? latest : byText?.get(text);
  if (known === undefined) return writeUtf8(text, target, offset) - offset;
  const { bytes, size } = known;
  if (bytes !== undefined) copyBytes(bytes, target, offset);
  else {
    writeUtf8(text, target, offset);
    if (known.wasWritten) known.bytes = new Uint8Array(target.subarray(offset, offset + size));
    known.wasWritten = true;
  }
  return size;
}

function check(known: Text, field: string, rule: TextRule): Text {
  if (known.passed !== rule) {
    if (!known.isPlain) rule(known.text, field);
    known.passed = rule;
  }
  return known;
}

function lookUp(text: string, field: string, rule: TextRule): Text {
  const isChosen = byText !== undefined && rule !== stringRule && isDrawn();
  const known = isChosen || missesInARow < PATIENCE ? byText?.get(text) : undefined;
  if (known !== undefined) {
    missesInARow = 0;
    latest = known;
    return known;
  }
  missesInARow++;
  checkType(typeof text === 'string', 'string', field);
  const isPlain = PLAIN.test(text);
  const size = isPlain ? text.length : utf8Length(text);
  if (size < 0) refuseIllFormed(field);
  const fresh = textFrom(text, size, isPlain);
  if (size > 0xffff || rule === stringRule) return fresh; // too long for any packet, or not a topic
  latest = fresh;
  if (isChosen) keep(byText, text, fresh);
  return fresh;
}

export function readText(bytes: Uint8Array, start: number, end: number, field: string, rule: TextRule): string {
  const size = end - start;
  const isShort = rule !== stringRule && byHash !== undefined && size >= 4 && size <= LONGEST;
  const hash = isShort ? takeWords(bytes, start, end - 4) : -1; // which is no hash
  let known = byHash?.get(hash);
  if (known === undefined || known.size !== size || !isTaken(known.words!)) {
    known = textFrom(readUtf8(bytes, start, end) ?? refuseIllFormed(field), size, false);
    if (isShort && isDrawn()) {
      known.words = new Int32Array(taken.subarray(0, (size + 3) >> 2)); // an ES5 engine has no slice()
      keep(byHash, hash, known);
    }
  }
  if (rule !== stringRule) latest = known;
  return check(known, field, rule).text;
}

/*
 * Bytes are hashed and compared in words of four, the last of which may overlap the one before it. That takes half the
 * time of single bytes, and with a DataView a quarter.
 */
const taken: Int32Array = /* @__PURE__ */ new Int32Array(LONGEST / 4);

function takeWords(bytes: Uint8Array, start: number, last: number): number {
  let hash = 0;
  let count = 0;
  for (let i = start; ; i += 4) {
    if (i > last) i = last;
    const word = wordAt(bytes, i);
    taken[count++] = word;
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    if (i === last) return hash >>> 2; // 30 bits: an integer in every engine
  }
}

function isTaken(words: Int32Array): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== taken[i]) return false;
  return true;
}

export function utf8Of(text: string): Uint8Array | undefined {
  const length = utf8Length(text);
  if (length < 0) return undefined;
  const bytes = new Uint8Array(length);
  writeUtf8(text, bytes, 0);
  return bytes;
}

export function textOf(bytes: Uint8Array, start = 0, end: number = bytes.length): string | undefined {
  return readUtf8(bytes, start, end);
}
