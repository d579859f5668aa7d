// Decoding takes time in proportion to its bytes, however they arrive: the exponent is measured.
import { describe, expect, it, vi } from 'vitest';
import { Decoder, encode, publish } from '../../src/codec/codec.ts';
import { exponent, fitted, LINEAR } from '../support/exponent.ts';
import { pieces } from '../support/hex.ts';
import { decodeAll } from '../support/refusal.ts';

vi.setConfig({ testTimeout: 60_000 });

const MEBIBYTE = 0x10_0000;

// a machine that is busy enough spoils any measurement once
describe('decoding time is linear', { retry: 9 }, () => {
  it('is measured by something that sees the difference', () => {
    // as a decoder would do that looks again at all it has with every byte
    const quadratic = (size: number) => () => {
      let sum = 0;
      for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) sum = (sum + j) | 0;
      expect(sum).not.toBeNaN();
    };
    expect(fitted([4_000, 8_000, 16_000], quadratic)).toBeGreaterThan(LINEAR);
    expect(exponent([[1, 3], [2, 6], [4, 12]])).toBeCloseTo(1); // biome-ignore format: three points
    expect(exponent([[1, 3], [2, 12], [4, 48]])).toBeCloseTo(2); // biome-ignore format: three points
  });

  it('over one packet in chunks of 1 byte', () => {
    const sizes = [1 << 14, 1 << 15, 1 << 16];
    const b = fitted(sizes, (size) => {
      const chunks = pieces(encode(publish({ topic: 't', payload: new Uint8Array(size) })), 1);
      return () => expect(decodeAll(chunks)).toHaveLength(1);
    });
    expect(b).toBeLessThan(LINEAR);
  });

  it('over one packet of up to 16 MiB in chunks of 1 KiB', () => {
    const sizes = [4, 8, 16].map((mebibytes) => mebibytes * MEBIBYTE);
    const b = fitted(sizes, (size) => {
      const chunks = pieces(encode(publish({ topic: 't', payload: new Uint8Array(size) })), 1024);
      return () => expect(decodeAll(chunks)).toHaveLength(1);
    });
    expect(b).toBeLessThan(LINEAR);
  });

  it('over up to a million tiny packets in one chunk, and in chunks of 7 bytes', () => {
    const runs = [
      { largest: 1_000_000, chunkSize: 2_000_000 },
      { largest: 250_000, chunkSize: 7 },
    ];
    for (const { largest, chunkSize } of runs) {
      const b = fitted([largest / 4, largest / 2, largest], (count) => {
        const chunks = pieces(Uint8Array.from(Buffer.alloc(2 * count, 'c000', 'hex')), chunkSize);
        return () => {
          const decoder = new Decoder();
          let packets = 0;
          for (const chunk of chunks) {
            decoder.push(chunk);
            while (decoder.read() !== undefined) packets++;
          }
          expect(packets).toBe(count);
        };
      });
      expect(b).toBeLessThan(LINEAR);
    }
  });
});
