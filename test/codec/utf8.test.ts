// UTF-8 against the platform: isUtf8, TextDecoder and TextEncoder. Every code point:
// code-points.test.ts; all strings of 3 bytes: test/all.
import { isUtf8 } from 'node:buffer';
import { describe, expect, it, vi } from 'vitest';
import { putUtf8 } from '#text';
import { stringRule, topicRule } from '../../src/codec/rule.ts';
import { hex } from '../support/hex.ts';
import { errorOf } from '../support/refusal.ts';
import { readUtf8, utf8Length, writeUtf8 } from '../support/utf8.ts';

vi.setConfig({ testTimeout: 60_000 });

const ILL_FORMED = undefined;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const platform = (source: Uint8Array) => (isUtf8(source) ? decoder.decode(source) : ILL_FORMED);

function agree(source: Uint8Array): void {
  const ours = readUtf8(source, 0, source.length);
  if (ours !== platform(source)) expect(ours, hex(source)).toBe(platform(source));
}

// the bytes at which Table 3-7 of the Unicode standard (and RFC 3629) turns, and their neighbours
const EDGES = [
  0x00, 0x01, 0x41, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
  0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff,
];

describe('UTF-8 is what the platform says [MQTT-1.5.3-1]', () => {
  it('for code points on both sides of every size', () => {
    const edges = [0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x10_fbff, 0x10_fc00, 0x10_ffff];
    for (const text of edges.map((codePoint) => String.fromCodePoint(codePoint))) {
      const expected = new TextEncoder().encode(text);
      const target = new Uint8Array(4);
      expect(utf8Length(text)).toBe(expected.length);
      expect(hex(target.subarray(0, writeUtf8(text, target, 0)))).toBe(hex(expected));
      expect(readUtf8(expected, 0, expected.length)).toBe(text);
    }
  });

  it('for every surrogate', () => {
    for (let unit = 0xd800; unit <= 0xdfff; unit++) {
      const surrogate = String.fromCharCode(unit);
      for (const text of [surrogate, `x${surrogate}`, `${surrogate}x`, `${surrogate}é`, surrogate + surrogate])
        if (utf8Length(text) !== -1) expect.fail(`the length of U+${unit.toString(16)}`);
      const source = Uint8Array.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
      if (readUtf8(source, 0, 3) !== ILL_FORMED) expect.fail(`reading U+${unit.toString(16)}`);
    }
    expect(utf8Length('\udc00\ud800')).toBe(-1);
    expect(utf8Length('\ud800\udc00')).toBe(4);
  });

  it('for every string of 1 and 2 bytes, and those with edges behind', () => {
    agree(new Uint8Array(0));
    for (let first = 0; first < 256; first++) {
      agree(Uint8Array.of(first));
      for (let second = 0; second < 256; second++) agree(Uint8Array.of(first, second));
      for (const second of EDGES) for (const third of EDGES) agree(Uint8Array.of(first, second, third));
    }
  });

  it('for random longer ones', () => {
    let seed = 20_141_029;
    const random = (below: number) => {
      seed = (seed * 48_271) % 0x7fff_ffff;
      return seed % below;
    };
    const characters = [
      '\0',
      'a',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\u0800',
      '€',
      '\ufeff',
      '\ufffd',
      '\uffff',
      '😀',
      '\u{10ffff}',
    ];
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from({ length: 1 + random(12) }, () => characters[random(characters.length)]).join('');
      const source = new Uint8Array(Buffer.from(text));
      expect(readUtf8(source, 0, source.length)).toBe(text);
      source[random(source.length)] = random(256);
      agree(source);
      agree(source.subarray(0, random(source.length + 1)));
    }
  });
});

describe('a string', () => {
  it('ends where its field ends, whatever follows', () => {
    const source = Uint8Array.of(0x61, 0xc2, 0xa2, 0x62);
    expect(readUtf8(source, 1, 3)).toBe('¢');
    expect(readUtf8(source, 2, 2)).toBe('');
    expect(readUtf8(source, 0, 2)).toBe(ILL_FORMED);
  });
  it('is written where it is asked to be', () => {
    const target = new Uint8Array(5);
    expect(writeUtf8('¢', target, 2)).toBe(4);
    expect(hex(target)).toBe('00 00 c2 a2 00');
  });
  it('keeps every byte order mark [MQTT-1.5.3-3]', () => {
    const source = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xef, 0xbb, 0xbf);
    expect(readUtf8(source, 0, 7)).toBe('\ufeffa\ufeff');
    expect(utf8Length('\ufeffa\ufeff')).toBe(7);
  });
  it('is refused by its name when it has a lone surrogate or U+0000, and must be a string', () => {
    const illFormed = errorOf(() => putUtf8(undefined, 0, '\ud800', 'username', stringRule));
    expect(illFormed).toMatchObject({
      clause: 'MQTT-1.5.3-1',
      message: 'username must not be ill-formed [MQTT-1.5.3-1]',
    });
    const hasNull = errorOf(() => putUtf8(undefined, 0, 'a\0', 'topic', topicRule));
    expect(hasNull).toMatchObject({ clause: 'MQTT-1.5.3-2', message: 'topic must not have U+0000 [MQTT-1.5.3-2]' });
    expect(() => putUtf8(undefined, 0, 7 as never, 'topic', topicRule)).toThrow(
      new TypeError('topic must be a string'),
    );
    expect(putUtf8(undefined, 0, '¢', 'topic', topicRule)).toBe(2);
  });
});
