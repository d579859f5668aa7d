// Bytes that are written down: as hex, as base64, or as they are. What could be something else is refused.
import { isUtf8 } from 'node:buffer';
import { UsageError } from './command.ts';

export type Format = 'auto' | 'hex' | 'base64' | 'binary';

const FORMS = 'write hex (30 05, 30:05, 0x30 0x05 or \\x30\\x05) or base64, or give the bytes in a --file';
/** First bytes of a packet: its type with the flags that it may have (2.2.1, 2.2.2). */
const FIRST_BYTES = /^(?:[124579bcde]0|[68a]2|3[0-5]|3[89a-d])/;
/** A control character that is no white space: binary packets have them, texts do not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for these
const CONTROL = /[\0-\x08\x0e-\x1f\x7f]/;
/** What xxd and tcpdump write before the bytes of a line, and Wireshark before the first one: no packet begins with 0000. */
const OFFSET = /^[ \t]*(?:0x)?[\da-f]{4,}:\s|^\s*0{4,}\s+(?=[\da-f]{2}\s)/i;
const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Text that is not in a form, and where it leaves it. */
class NotInForm extends Error {}

/** The bytes in a file, or on standard input: as they are, or as text. */
export function bytesOf(given: Uint8Array, format: Format): Uint8Array {
  if (given.length === 0) throw new UsageError('there is nothing to explain');
  if (format === 'binary') return given;
  const text = textOf(given);
  return format === 'auto' && CONTROL.test(text) ? given : bytesIn(text, format);
}

/** PowerShell writes UTF-16. What is not UTF-8 has a character for each byte. A byte order mark counts as white space. */
function textOf(given: Uint8Array): string {
  const bytes = Buffer.from(given);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** The bytes for which a text stands. Throws UsageError with what it was read as, and where that went wrong. */
export function bytesIn(text: string, format: Format): Uint8Array {
  if (text.trim() === '') throw new UsageError('there is nothing to explain');
  if (format === 'hex') return orThrow(attempt(hexIn, text), 'hex');
  if (format === 'base64') return orThrow(attempt(base64In, text), 'base64');
  const hex = attempt(hexIn, text);
  const base64 = attempt(asPacketInBase64, text);
  if (hex instanceof NotInForm) return orThrow(base64, `neither hex nor base64; as hex: ${hex.message}; as base64`);
  const mayBeBase64 = base64 instanceof Uint8Array && /^\s*\S{4,}\s*$/.test(text) && !beginsPacket(hex);
  if (mayBeBase64)
    throw new UsageError('this is hex and base64, and begins a packet as base64 alone: write --format hex or base64');
  return hex;
}

function orThrow(read: Uint8Array | NotInForm, form: string): Uint8Array {
  if (read instanceof NotInForm)
    throw new UsageError(`this is ${/^n/.test(form) ? form : `not ${form}`}: ${read.message}; ${FORMS}`);
  return read;
}

function attempt(read: (text: string) => Uint8Array, text: string): Uint8Array | NotInForm {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof NotInForm) return error;
    throw error;
  }
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function beginsPacket(bytes: Uint8Array): boolean {
  return FIRST_BYTES.test(hexOf(bytes.subarray(0, 1)));
}

/** Many words are base64 of something: it has to look like a packet. */
function asPacketInBase64(text: string): Uint8Array {
  const bytes = base64In(text);
  if (/^[\da-f\s]*$/i.test(text) && text.replace(/\s/g, '').length % 2 === 1)
    throw new NotInForm('all its digits are those of hex');
  if (beginsPacket(bytes)) return bytes;
  throw new NotInForm(`its first byte, ${hexOf(bytes.subarray(0, 1))}, begins no packet (--format base64 takes it)`);
}

/** Pairs of digits, with white space, commas or colons between bytes, 0x before some of them or \x before each. */
function hexIn(text: string): Uint8Array {
  const offset = OFFSET.exec(text);
  if (offset !== null)
    throw new NotInForm(`an offset seems to stand ${placeOf(text, offset.index)}; xxd -p writes bytes alone`);
  const hasEscapes = text.includes('\\');
  const token = hasEscapes ? /\s+|((?:\\x[0-9a-f]{2})+)/iy : /[\s,:]+|(?:0x)?((?:[0-9a-f]{2})+)(?![0-9a-f])/iy;
  let digits = '';
  while (token.lastIndex < text.length) {
    const start = token.lastIndex;
    const found = token.exec(text);
    if (found === null) throw new NotInForm(hasEscapes ? escapeFault(text, start) : hexFault(text, start));
    digits += (found[1] ?? '').replace(/\\x/gi, '');
  }
  if (digits === '') throw new NotInForm('there are no digits');
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

function escapeFault(text: string, start: number): string {
  return `a byte is \\x and two digits, and ${characterAt(text, start)} begins none`;
}

/** Why no byte of hex begins here. */
function hexFault(text: string, start: number): string {
  const [whole = '', digits = ''] = /^(?:0x)?([0-9a-f]*)/i.exec(text.slice(start)) ?? [];
  const next = start + whole.length;
  if (next < text.length && !/[\s,:]/.test(text[next]!)) return `${characterAt(text, next)} is no digit`;
  if (digits.length === 1) return `the byte ${placeOf(text, start)} has one digit, and needs two`;
  return `there are ${digits.length} digits from ${placeOf(text, start).slice(3)} on, and a byte has two`;
}

/** Groups of four digits, in either alphabet, with or without the padding; white space may stand between them. */
function base64In(text: string): Uint8Array {
  const strange = /[^\w+/=\s-]/.exec(text) ?? /=(?![=\s]*$)/.exec(text);
  if (strange !== null) throw new NotInForm(`${characterAt(text, strange.index)} does not belong there`);
  if (/[+/]/.test(text) && /[-_]/.test(text)) throw new NotInForm('it has digits of two alphabets, + or / and - or _');
  const [, digits = '', padding = ''] = /^([^=]*)(=*)$/.exec(text.replace(/\s/g, ''))!;
  const rest = digits.length % 4;
  if (digits === '') throw new NotInForm('there are no digits');
  if (rest === 1) throw new NotInForm(`its length, ${digits.length}, is one more than a multiple of 4`);
  if (padding !== '' && padding.length !== (4 - rest) % 4)
    throw new NotInForm(`${digits.length} digits end with ${'='.repeat((4 - rest) % 4) || 'no ='}, not ${padding}`);
  const last = BASE64_DIGITS.indexOf(digits.at(-1)!.replace('-', '+').replace('_', '/'));
  if ((rest === 2 && last % 16 !== 0) || (rest === 3 && last % 4 !== 0))
    throw new NotInForm(`its last digit, ${digits.at(-1)}, has bits that belong to no byte`);
  return new Uint8Array(Buffer.from(digits, 'base64'));
}

function characterAt(text: string, index: number): string {
  return `'${String.fromCodePoint(text.codePointAt(index)!)}' ${placeOf(text, index)}`;
}

/** Counted from 1, as editors do. */
function placeOf(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n');
  const character = `character ${lines.at(-1)!.length + 1}`;
  return text.trimEnd().includes('\n') ? `at line ${lines.length}, ${character}` : `at ${character}`;
}
