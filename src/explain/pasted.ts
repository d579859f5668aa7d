// Bytes that are written down, as people copy them from programs. What could be something else is refused.

import { digitsOf, dumpIn, isDump } from './dump.ts';
import { isList, listIn } from './list.ts';
import { characterAt, NotInForm, placeOf } from './place.ts';

export type Form = 'auto' | 'hex' | 'base64';

const FORMS = 'write hex (30 05, 30:05, 0x30 0x05 or \\x30\\x05) or base64';
/** First bytes of a packet: its type with the flags that it may have (2.2.1, 2.2.2). */
const FIRST_BYTES = /^(?:[124579bcde]0|[68a]2|3[0-5]|3[89a-d])/;
const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** `base64:` says what follows, and so does a data: URL. */
const MARKED_BASE64 = /^\s*(?:data:[^,]*;)?base64[:,]/i;
/** Text of a program: `"…"`, Python's `b'…'`, in several parts or lines. */
const QUOTED = /^\s*b?(["'])(?:[^\\]|\\[\s\S])*\1\s*;?\s*$/;

/**
 * The bytes for which a text stands: hex, base64, an escaped string, an array or a Buffer as programs print it, or a dump
 * of hexdump -C, xxd, od, tcpdump or Wireshark. Throws RangeError with what it was read as, and where that went wrong.
 */
export function bytesIn(text: string, form: Form = 'auto'): Uint8Array {
  if (form === 'hex') return orThrow(attempt(hexIn, text), 'not hex');
  if (form === 'base64') return orThrow(attempt(base64In, text), 'not base64');
  if (MARKED_BASE64.test(text)) return orThrow(attempt(base64In, text.replace(MARKED_BASE64, '')), 'not base64');
  if (isList(text)) return orThrow(attempt(listIn, text), 'not an array of bytes');
  if (isDump(text)) return orThrow(attempt(dumpIn, text), 'not a whole dump');
  if (QUOTED.test(text)) return orThrow(attempt(escapesIn, text), 'not a string of escaped bytes');
  return hexOrBase64(text);
}

function hexOrBase64(text: string): Uint8Array {
  const hex = attempt(hexIn, text);
  const base64 = attempt(asPacketInBase64, text);
  if (hex instanceof NotInForm) return orThrow(base64, `neither hex nor base64; as hex: ${hex.message}; as base64`);
  const mayBeBase64 = base64 instanceof Uint8Array && /^\s*\S{4,}\s*$/.test(text) && !beginsPacket(hex);
  if (!mayBeBase64) return hex;
  const digits = text.trim();
  throw new RangeError(
    `this is hex and base64, and begins a packet as base64 alone: write base64:${digits}, or hex with spaces between bytes`,
  );
}

function orThrow(read: Uint8Array | NotInForm, isNot: string): Uint8Array {
  if (read instanceof NotInForm) throw new RangeError(`this is ${isNot}: ${read.message}; ${FORMS}`);
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

const hexOfFirst = (bytes: Uint8Array) => bytes[0]!.toString(16).padStart(2, '0');

function beginsPacket(bytes: Uint8Array): boolean {
  return FIRST_BYTES.test(hexOfFirst(bytes));
}

/** Many words are base64 of something: it has to look like a packet. */
function asPacketInBase64(text: string): Uint8Array {
  const bytes = base64In(text);
  if (/^[\da-f\s]*$/i.test(text) && text.replace(/\s/g, '').length % 2 === 1)
    throw new NotInForm('all its digits are those of hex');
  if (beginsPacket(bytes)) return bytes;
  throw new NotInForm(
    `its first byte, ${hexOfFirst(bytes)}, begins no packet (base64: in front says that it is meant)`,
  );
}

/** Pairs of digits, with white space, commas or colons between bytes, 0x before some of them or \x before each. */
function hexIn(text: string): Uint8Array {
  const hasEscapes = text.indexOf('\\') !== -1;
  const token = hasEscapes ? /\s+|((?:\\x[0-9a-f]{2})+)/iy : /[\s,:]+|(?:0x)?((?:[0-9a-f]{2})+)(?![0-9a-f])/iy;
  let digits = '';
  while (token.lastIndex < text.length) {
    const start = token.lastIndex;
    const found = token.exec(text);
    if (found === null) throw new NotInForm(hasEscapes ? escapeFault(text, start) : hexFault(text, start));
    digits += (found[1] ?? '').replace(/\\x/gi, '');
  }
  if (digits === '') throw new NotInForm('there are no digits');
  return digitsOf(digits);
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

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11, '0': 0 };

/** A string of C, JavaScript or Python: in its quotes a character of ASCII stands for itself. */
function escapesIn(text: string): Uint8Array {
  const bytes: number[] = [];
  const token = /\\x([0-9a-f]{2})|\\u00([0-9a-f]{2})|\\([nrtabfv\\'"]|0(?!\d))|([ -~])/iy;
  // Between its quotes; several parts in a row, and the backslashes that end their lines, are one string.
  const part = /\s*(?:b?(["'])((?:(?!\1)[^\\]|\\[\s\S])*)\1\s*(?:\\?\s*\n|[+;])?)\s*/gy;
  let end = 0;
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    const quote = found[1]!;
    const start = found.index + found[0].indexOf(quote) + 1;
    token.lastIndex = start;
    while (token.lastIndex < start + found[2]!.length) {
      const at = token.lastIndex;
      const [, hex, unit, short, plain] = token.exec(text) ?? [];
      const digits = hex ?? unit;
      if (digits !== undefined) bytes.push(Number.parseInt(digits, 16));
      else if (short !== undefined) bytes.push(ESCAPES[short] ?? short.charCodeAt(0));
      else if (plain !== undefined && plain !== '\\') bytes.push(plain.charCodeAt(0));
      else throw new NotInForm(escapeFault(text, at));
    }
    end = part.lastIndex;
  }
  if (end < text.length) throw new NotInForm(`${characterAt(text, end)} does not belong there`);
  if (bytes.length === 0) throw new NotInForm('there is nothing between the quotes');
  return Uint8Array.from(bytes);
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
  const bytes = new Uint8Array((digits.length * 3) >> 2);
  let bits = 0;
  let at = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = BASE64_DIGITS.indexOf(digits[i]!.replace('-', '+').replace('_', '/'));
    bits = ((bits << 6) | digit) & 0xffff;
    const spare = (6 * (i + 1)) % 8; // bits that are left when a byte has been taken
    if (spare < 6) bytes[at++] = (bits >> spare) & 0xff;
  }
  const spare = (6 * digits.length) % 8;
  if ((bits & ((1 << spare) - 1)) !== 0)
    throw new NotInForm(`its last digit, ${digits[digits.length - 1]}, has bits that belong to no byte`);
  return bytes;
}
