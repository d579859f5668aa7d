// 1.5.3 UTF-8 encoded strings, and memory for packets: the plain version.
// fast/text.ts has the same exports and is faster in engines with a JIT; `#text` in package.json chooses between them.
import { checkType } from './check.ts';
import { refuse } from './error.ts';
import type { TextRule } from './rule.ts';

/** Printable ASCII without wildcards takes one byte for each character, and no rule refuses it. Most texts are so. */
const PLAIN = /^[ -"$-*,-~]+$/;

/**
 * Writes a text, if there is a target, and returns its size in bytes of UTF-8. Throws TypeError or ProtocolError when
 * it must not be sent.
 */
export const putUtf8 = (
  target: Uint8Array | undefined,
  offset: number,
  text: string,
  field: string,
  rule: TextRule,
): number => {
  checkType(typeof text === 'string', 'string', field);
  let utf8 = text;
  if (!PLAIN.test(text)) {
    utf8 = unescape(strictly(encodeURIComponent, text, field));
    rule(text, field);
  }
  if (target) for (let i = utf8.length; i-- > 0; ) target[offset + i] = utf8.charCodeAt(i);
  return utf8.length;
};

/** The text in `bytes[start..end)`. Throws ProtocolError when it must not be received. */
export const readText = (bytes: Uint8Array, start: number, end: number, field: string, rule: TextRule): string => {
  let text = byteString(bytes, start, end);
  if (!PLAIN.test(text)) {
    text = strictly(decodeURIComponent, escape(text), field);
    rule(text, field);
  }
  return text;
};

/**
 * encodeURIComponent writes UTF-8 as %XX, and unescape makes one character of each %XX; the other way round alike. Both
 * are strict: a lone surrogate, an overlong form, a byte that does not belong there is an error.
 */
function strictly(convert: (text: string) => string, text: string, field: string): string {
  try {
    return convert(text);
  } catch {
    return refuse('MQTT-1.5.3-1', field, 'be ill-formed');
  }
}

/** A string with one character for each byte. */
const byteString = (bytes: Uint8Array, start: number, end: number): string => {
  let text = '';
  // Eight bytes in one call take a third of the time of eight calls. What lies behind the end is cut off.
  for (let i = start; i < end; i += 8)
    // biome-ignore format: eight bytes in two lines
    text += String.fromCharCode(bytes[i]!, bytes[i + 1]!, bytes[i + 2]!, bytes[i + 3]!,
      bytes[i + 4]!, bytes[i + 5]!, bytes[i + 6]!, bytes[i + 7]!);
  return text.slice(0, end - start);
};

/** The UTF-8 of any text, or undefined when it has a lone surrogate. */
export const utf8Of = (text: string): Uint8Array | undefined => {
  try {
    const utf8 = unescape(encodeURIComponent(text));
    const bytes = new Uint8Array(utf8.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = utf8.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
};

/** The text whose UTF-8 is `bytes[start..end)`, or undefined when that is not UTF-8. */
export const textOf = (bytes: Uint8Array, start = 0, end: number = bytes.length): string | undefined => {
  try {
    return decodeURIComponent(escape(byteString(bytes, start, end)));
  } catch {
    return undefined;
  }
};

/** Zeroed memory for a packet. The fast version lets packets that are not secret share a larger piece. */
export const allocate = (size: number, _isShared: boolean): Uint8Array => new Uint8Array(size);

/** The decoder goes on to another chunk. The fast version keeps what it knows of a chunk. */
export function openChunk(_chunk: Uint8Array): void {}

/** A view of a part of a chunk. It is not made by subarray(), since that of a Buffer is a Buffer, too. */
export const viewOf = (chunk: Uint8Array, start: number, length: number): Uint8Array =>
  new Uint8Array(chunk.buffer, chunk.byteOffset + start, length);

/** Whether it is an array of bytes, also one of another realm, which is no instance of our Uint8Array. */
export const isBytes = (value: Uint8Array): boolean => value?.BYTES_PER_ELEMENT === 1;

export const copyBytes = (bytes: Uint8Array, target: Uint8Array, offset: number): void => target.set(bytes, offset);
