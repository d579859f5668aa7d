// UTF-8, as RFC 3629 has it, and what 1.5.3 of the standard refuses on top of it.
import { ProtocolError } from './errors.ts';

/** Length in bytes of `text` in UTF-8, or -1 when it has a lone surrogate. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (unit < 0xd800 || unit > 0xdfff) length += 2;
    else if (unit > 0xdbff || (text.charCodeAt(++i) & 0xfc00) !== 0xdc00) return -1;
    else length += 2; // two code units, four bytes
  }
  return length;
}

/**
 * Length in bytes of a text that goes into a packet. Lone surrogates [MQTT-1.5.3-1] and U+0000 [MQTT-1.5.3-2] are
 * refused here, where a packet is measured and nothing is written yet.
 */
export function checkedUtf8Length(text: string, field: string): number {
  if (typeof text !== 'string') throw new TypeError(`${field} must be a string`);
  const length = utf8Length(text);
  if (length < 0) throw illFormed(field);
  checkNoNull(text, field);
  return length;
}

export function illFormed(field: string): ProtocolError {
  return new ProtocolError('MQTT-1.5.3-1', `${field} is not well-formed UTF-8`);
}

export function checkNoNull(text: string, field: string): void {
  if (text.indexOf('\0') !== -1) throw new ProtocolError('MQTT-1.5.3-2', `${field} contains U+0000`);
}

/** Writes a `text` without lone surrogates and returns the offset behind it. */
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
 * The text in `bytes[start..end)`, or undefined when it is ill-formed. Strict where the platform's TextDecoder is
 * lenient by default: nothing is replaced, and a byte order mark stays the U+FEFF it is [MQTT-1.5.3-3].
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  for (let i = start; i < end; ) {
    const lead = bytes[i++]!;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    if (lead < 0xc2 || lead > 0xf4) return undefined;
    const continuations = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let codePoint = lead & (0x3f >> continuations);
    for (let left = continuations; left > 0; left--) {
      if (i === end || (bytes[i]! & 0xc0) !== 0x80) return undefined;
      codePoint = (codePoint << 6) | (bytes[i++]! & 0x3f);
    }
    if (codePoint < 0x800 && continuations > 1) return undefined; // overlong
    if (codePoint < 0x10000 && continuations > 2) return undefined; // overlong
    if (codePoint > 0x10ffff || (codePoint & 0xfffff800) === 0xd800) return undefined;
    if (codePoint < 0x10000) text += String.fromCharCode(codePoint);
    else text += String.fromCharCode(0xd7c0 + (codePoint >> 10), 0xdc00 | (codePoint & 0x3ff));
  }
  return text;
}
