// UTF-8 for every code point, and every four bytes at which something turns, against the platform.
import { isUtf8 } from 'node:buffer';
import { describe, expect, it, vi } from 'vitest';
import { hex } from '../support/hex.ts';
import { readUtf8, utf8Length, writeUtf8 } from '../support/utf8.ts';

vi.setConfig({ testTimeout: 60_000 });

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const EDGES = [
  0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
  0xff,
];

describe('UTF-8 is what the platform says [MQTT-1.5.3-1]', () => {
  it('for every code point, alone and between others', () => {
    const encoder = new TextEncoder();
    const expected = new Uint8Array(2_000);
    const target = new Uint8Array(2_000);
    const isSame = (length: number) => {
      for (let i = 0; i < length; i++) if (target[i] !== expected[i]) return false; // a million views would take longer
      return true;
    };
    const check = (text: string) => {
      const { written } = encoder.encodeInto(text, expected);
      const isRight =
        utf8Length(text) === written &&
        writeUtf8(text, target, 0) === written &&
        isSame(written) &&
        readUtf8(target, 0, written) === text;
      if (!isRight) expect.fail(`U+${text.codePointAt(0)!.toString(16)}`);
    };
    let others = '';
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
      if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
      const character = String.fromCodePoint(codePoint);
      check(character);
      others += `${character}x`;
      if (codePoint % 256 < 255) continue;
      check(others);
      others = '';
    }
  });

  it('for every four bytes that begin with a lead of three or more and go on with bytes at the edges', () => {
    const source = new Uint8Array(4);
    for (let first = 0xe0; first < 0x100; first++)
      for (const second of EDGES)
        for (const third of EDGES)
          for (const fourth of EDGES) {
            source[0] = first;
            source[1] = second;
            source[2] = third;
            source[3] = fourth;
            const text = isUtf8(source) ? decoder.decode(source) : undefined;
            if (readUtf8(source, 0, 4) !== text) expect.fail(hex(source));
          }
  });
});
