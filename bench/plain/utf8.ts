// UTF-8, as RFC 3629 has it.

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

/** Writes a `text` without lone surrogates and returns the offset behind it. */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      target[offset++] = code;
      continue;
    }
    if ((code & 0xf800) === 0xd800) code = 0x10000 + ((code & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
    const continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    let shift = 6 * continuations;
    target[offset++] = (0xf0 << (3 - continuations)) | (code >> shift);
    while (shift > 0) {
      shift -= 6;
      target[offset++] = 0x80 | ((code >> shift) & 0x3f);
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
    let code = bytes[i++]!;
    if (code > 0x7f) {
      if (code < 0xc2 || code > 0xf4) return undefined;
      const continuations = code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
      code &= 0x3f >> continuations;
      for (let left = continuations; left > 0; left--) {
        if (i === end || (bytes[i]! & 0xc0) !== 0x80) return undefined;
        code = (code << 6) | (bytes[i++]! & 0x3f);
      }
      const isOverlong = (code < 0x800 && continuations > 1) || (code < 0x10000 && continuations > 2);
      if (isOverlong || code > 0x10ffff || (code & 0xfffff800) === 0xd800) return undefined;
    }
    if (code < 0x10000) text += String.fromCharCode(code);
    else text += String.fromCharCode(0xd7c0 + (code >> 10), 0xdc00 | (code & 0x3ff));
  }
  return text;
}
