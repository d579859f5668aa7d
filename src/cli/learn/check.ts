// What a check of an exercise asks, and what it says when the answer is wrong.
import { type Annotation, explain } from '../../explain/explain.ts';

/** One thing that a solution must do. `answer` is the module that the reader wrote. */
export interface Check<Answer> {
  /** A verb and an outcome: "writes 128 in two bytes". */
  readonly name: string;
  run(answer: Answer): void | Promise<void>;
}

/** What some bytes are: packets, a Remaining Length (2.2.3), or a string with its length (1.5.3). */
export type Kind = 'packets' | 'length' | 'string';

/** Bytes to be shown with a failure. */
export interface Shown {
  readonly title: string;
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  /** The byte to look at. */
  readonly at: number | undefined;
}

/** Why a check fails, as it passes from the worker to the reader. */
export interface Reason {
  readonly message: string;
  readonly shown: readonly Shown[];
}

export class Failure extends Error implements Reason {
  readonly shown: readonly Shown[];

  constructor(message: string, shown: readonly Shown[] = []) {
    super(message);
    this.shown = shown;
  }
}

/** What stubs throw. It is not the error that a check waits for. */
export const NOT_WRITTEN = 'not written yet';

/** The bytes written as '40 02 00 01'. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/\S\S/g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Fails unless these bytes are the expected ones. Shows both, and the first byte that differs. */
export function checkBytes(actual: unknown, expected: Uint8Array, kind: Kind = 'packets', name = 'the result'): void {
  if (!(actual instanceof Uint8Array)) {
    const wanted = { title: 'expected', kind, bytes: expected, at: undefined };
    throw new Failure(`${name} must be a Uint8Array, and is ${inWords(actual)}`, [wanted]);
  }
  const at = firstDifference(actual, expected);
  if (at === undefined) return;
  throw new Failure(`${name} differs at byte ${at}: ${difference(actual, expected, at)}`, [
    { title: 'expected', kind, bytes: expected, at },
    { title: 'yours', kind, bytes: actual, at },
  ]);
}

function firstDifference(actual: Uint8Array, expected: Uint8Array): number | undefined {
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) if (actual[i] !== expected[i]) return i;
  return undefined;
}

function difference(actual: Uint8Array, expected: Uint8Array, at: number): string {
  if (at === actual.length) return `it ends there, after ${at} of ${expected.length} bytes`;
  if (at === expected.length) return `it should end there, and has ${actual.length} bytes instead of ${at}`;
  return `${inBase(actual, at)} instead of ${inBase(expected, at)}`;
}

const inBase = (bytes: Uint8Array, at: number) =>
  `${hexOf(bytes.subarray(at, at + 1))} (${bytes[at]!.toString(2).padStart(8, '0')})`;

/** Fails unless this value is the expected one, in every field. Shows the bytes that it was made from. */
export function checkValue(actual: unknown, expected: unknown, input?: Uint8Array, kind: Kind = 'packets'): void {
  if (isSame(actual, expected)) return;
  const field = fieldThatDiffers(actual, expected);
  const at = field === undefined ? '' : `: look at ${field}`;
  throw new Failure(
    `the result is ${inWords(actual)}, and should be ${inWords(expected)}${at}`,
    input === undefined ? [] : [{ title: 'given', kind, bytes: input, at: undefined }],
  );
}

/** Fails unless `act` throws. */
export function checkThrows(act: () => unknown, why: string, input?: Uint8Array, kind: Kind = 'packets'): void {
  let result: unknown;
  try {
    result = act();
  } catch (error) {
    if (error instanceof Error && error.message !== NOT_WRITTEN) return;
    throw error;
  }
  throw new Failure(
    `it must throw an Error, because ${why}; it returned ${inWords(result)}`,
    input === undefined ? [] : [{ title: 'given', kind, bytes: input, at: undefined }],
  );
}

export function checkThat(isTrue: boolean, message: string, shown: readonly Shown[] = []): asserts isTrue {
  if (!isTrue) throw new Failure(message, shown);
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function isSame(actual: unknown, expected: unknown): boolean {
  if (!isObject(actual) || !isObject(expected)) return Object.is(actual, expected);
  if (actual instanceof Uint8Array !== expected instanceof Uint8Array) return false;
  if (Array.isArray(expected) !== Array.isArray(actual) || actual['length'] !== expected['length']) return false;
  return Object.keys(expected).every((key) => isSame(actual[key], expected[key]));
}

function fieldThatDiffers(actual: unknown, expected: unknown): string | undefined {
  if (!isObject(actual) || !isObject(expected) || expected instanceof Uint8Array || Array.isArray(expected))
    return undefined;
  return Object.keys(expected).find((key) => !isSame(actual[key], expected[key]));
}

const MOST = 24;

/** A value as one would write it, with bytes as hex. */
export function inWords(value: unknown): string {
  if (value instanceof Uint8Array) {
    const rest = value.length > MOST ? `… ${value.length} bytes` : '';
    return `<${hexOf(value.subarray(0, MOST))}${rest}>`;
  }
  if (Array.isArray(value)) {
    const rest = value.length > MOST ? [`… ${value.length} in all`] : [];
    return `[${[...value.slice(0, MOST).map(inWords), ...rest].join(', ')}]`;
  }
  if (value instanceof Promise) return 'a Promise';
  if (isObject(value)) {
    const fields = Object.entries(value).map(([key, field]) => `${key}: ${inWords(field)}`);
    return `{ ${fields.join(', ')} }`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

const EXPLAIN: Readonly<Record<Kind, (bytes: Uint8Array) => readonly Annotation[]>> = {
  packets: explain,
  length: explainLength,
  string: explainString,
};

export function explainShown({ kind, bytes }: Pick<Shown, 'kind' | 'bytes'>): readonly Annotation[] {
  return EXPLAIN[kind](bytes);
}

function explainLength(bytes: Uint8Array): Annotation[] {
  return Array.from(bytes, (byte, i) => {
    const more = byte > 0x7f ? 'another byte follows' : 'the last byte';
    const value = `${byte.toString(2).padStart(8, '0')}: ${byte & 0x7f} times ${128 ** i}, ${more}`;
    return { start: i, end: i + 1, field: 'Remaining Length', value, section: '§2.2.3', error: undefined };
  });
}

function explainString(bytes: Uint8Array): Annotation[] {
  const entries: Annotation[] = [];
  const add = (start: number, end: number, field: string, value: string) => {
    if (start < end) entries.push({ start, end, field, value, section: '§1.5.3', error: undefined });
  };
  const length = (bytes[0]! << 8) | bytes[1]!;
  add(0, Math.min(2, bytes.length), 'length', bytes.length < 2 ? 'of two bytes, one is missing' : `${length}`);
  const end = Math.min(2 + length, bytes.length);
  add(2, end, 'text', JSON.stringify(new TextDecoder().decode(bytes.subarray(2, end))));
  add(Math.max(2, end), bytes.length, 'surplus', 'behind the string');
  return entries;
}
