// 1.5.3 UTF-8 encoded strings: what MQTT calls text, and what it refuses to.
import { ProtocolError } from './errors.ts';

const illFormed = (field: string) => new ProtocolError('MQTT-1.5.3-1', `${field} is not well-formed UTF-8`);
const hasNull = (field: string) => new ProtocolError('MQTT-1.5.3-2', `${field} contains U+0000`);

/**
 * Length in bytes of `text` in UTF-8. A lone surrogate and U+0000 are refused here, where a packet is measured and
 * nothing is written yet.
 */
export function utf8Length(text: string, field: string): number {
  if (typeof text !== 'string') throw new TypeError(`${field} must be a string`);
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0) throw hasNull(field);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (unit < 0xd800 || unit > 0xdfff) length += 2;
    else if (unit > 0xdbff || (text.charCodeAt(++i) & 0xfc00) !== 0xdc00) throw illFormed(field);
    else length += 2; // two code units, four bytes
  }
  return length;
}

/** Writes `text`, measured before by {@link utf8Length}, and returns the offset behind it. */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[offset++] = unit;
    } else if (unit < 0x800) {
      target[offset++] = 0xc0 | (unit >> 6);
      target[offset++] = 0x80 | (unit & 0x3f);
    } else if ((unit & 0xf800) !== 0xd800) {
      target[offset++] = 0xe0 | (unit >> 12);
      target[offset++] = 0x80 | ((unit >> 6) & 0x3f);
      target[offset++] = 0x80 | (unit & 0x3f);
    } else {
      const codePoint = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      target[offset++] = 0xf0 | (codePoint >> 18);
      target[offset++] = 0x80 | ((codePoint >> 12) & 0x3f);
      target[offset++] = 0x80 | ((codePoint >> 6) & 0x3f);
      target[offset++] = 0x80 | (codePoint & 0x3f);
    }
  }
  return offset;
}

/**
 * The text in `bytes[start..end)`. Strict where the platform's TextDecoder is lenient by default: nothing is
 * replaced, and a byte order mark stays the U+FEFF it is [MQTT-1.5.3-3].
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number, field: string): string {
  let text = '';
  for (let i = start; i < end; ) {
    const lead = bytes[i++]!;
    if (lead === 0) throw hasNull(field);
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    // Table 3-6 of the Unicode standard: the lead byte gives the size, and each size its first code point
    const continuations = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let codePoint = lead & (0x3f >> continuations);
    for (let left = continuations; left > 0; left--) {
      // behind `end` begins another field
      if (i >= end || (bytes[i]! & 0xc0) !== 0x80) throw illFormed(field);
      codePoint = (codePoint << 6) | (bytes[i++]! & 0x3f);
    }
    const smallest = continuations === 1 ? 0x80 : continuations === 2 ? 0x800 : 0x10000;
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    if (lead < 0xc0 || lead > 0xf7 || codePoint < smallest || codePoint > 0x10ffff || isSurrogate)
      throw illFormed(field);
    if (codePoint < 0x10000) text += String.fromCharCode(codePoint);
    else text += String.fromCharCode(0xd7c0 + (codePoint >> 10), 0xdc00 | (codePoint & 0x3ff));
  }
  return text;
}
