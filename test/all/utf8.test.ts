import { expect, it } from 'vitest';
import { hex } from '../support/hex.ts';
import { readUtf8 } from '../support/utf8.ts';

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

// Where the strict decoder throws, the lenient one puts U+FFFD; as EF BF BD it may stand there itself.
it('UTF-8 is what the platform says for every string of 3 bytes [MQTT-1.5.3-1]', { timeout: 300_000 }, () => {
  const source = new Uint8Array(3);
  let legal = 0;
  for (let all = 0; all < 0x100_0000; all++) {
    source[0] = all >> 16;
    source[1] = all >> 8;
    source[2] = all;
    const text = lenient.decode(source);
    const expected = text.includes('\ufffd') && all !== 0xef_bf_bd ? undefined : text;
    if (readUtf8(source, 0, 3) !== expected) expect.fail(hex(source));
    if (expected !== undefined) legal++;
  }
  // 128³ of ASCII; one of 1,920 characters of two bytes before or behind ASCII; 61,440 of three bytes
  expect(legal).toBe(128 ** 3 + 2 * 128 * 1920 + 61_440);
});
