// Decoding and encoding take time in proportion to the bytes, however they arrive: the exponent is measured, and where
// steps can be counted, they are.
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import {
  Decoder,
  decode,
  encode,
  encodedLength,
  type Packet,
  publish,
  type QoS,
  suback,
  subscribe,
  unsubscribe,
} from '../../src/codec/codec.ts';
import { exponent, fitted, LINEAR } from '../support/exponent.ts';
import { pieces } from '../support/hex.ts';
import { decodeAll } from '../support/refusal.ts';

vi.setConfig({ testTimeout: 60_000 });

const MEBIBYTE = 0x10_0000;

const TEXTS = {
  tiny: () => 'a',
  'of its own': (i: number) => `devices/${i}/status`,
  'not ASCII': (i: number) => `温度/${i}/é`,
  long: (i: number) => `${i}/${'x'.repeat(100)}`,
};

/** Packets that hold a list of any length, by their names. */
const LISTS: readonly (readonly [name: string, packetOf: (count: number) => Packet])[] = [
  ['SUBACK', (count) => suback({ packetId: 1, returnCodes: new Array(count).fill(1) })],
  ...Object.entries(TEXTS).flatMap(([kind, textOf]) => {
    const filters = (count: number) => Array.from({ length: count }, (_, i) => textOf(i));
    const subscriptions = (count: number) =>
      filters(count).map((topicFilter, i) => ({ topicFilter, qos: (i % 3) as QoS }));
    return [
      [`SUBSCRIBE, each filter ${kind}`, (count) => subscribe({ packetId: 1, subscriptions: subscriptions(count) })],
      [`UNSUBSCRIBE, each filter ${kind}`, (count) => unsubscribe({ packetId: 1, topicFilters: filters(count) })],
    ] satisfies [string, (count: number) => Packet][];
  }),
];

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

  it.each(['SUBACK', 'SUBSCRIBE, each filter of its own', 'UNSUBSCRIBE, each filter not ASCII'])(
    'over up to 100,000 items: %s',
    (wanted) => {
      const [, packetOf] = LISTS.find(([name]) => name === wanted)!;
      const b = fitted([25_000, 50_000, 100_000], (count) => {
        const bytes = encode(packetOf(count));
        return () => expect(decode(bytes)).toBeDefined();
      });
      expect(b).toBeLessThan(LINEAR);
    },
  );

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

describe('a list of 100,000 items', () => {
  it.each(LISTS)('is written and read: %s', (_name, packetOf) => {
    const packet = packetOf(100_000);
    const bytes = encode(packet);
    expect(encodedLength(packet)).toBe(bytes.length);
    expect(isDeepStrictEqual(decode(bytes), packet)).toBe(true);
    expect(isDeepStrictEqual(decodeAll(pieces(bytes, 0x1_0000)), [packet])).toBe(true);
  });
});

describe('steps that can be counted', () => {
  let steps = 0;
  const counted = <T extends object>(list: T): T =>
    new Proxy(list, {
      get(target, key) {
        if (/^\d+$/.test(String(key))) steps += 1;
        return Reflect.get(target, key);
      },
    });

  it.each(LISTS)('are few for each byte and each item, for any number of them: %s', (_name, packetOf) => {
    for (const count of [100, 1_000, 5_000]) {
      const packet = packetOf(count);
      const bytes = encode(packet);
      steps = 0;
      decode(counted(bytes));
      expect(steps).toBeLessThanOrEqual(3 * bytes.length + 8 * count);

      const [field] = Object.entries(packet).find(([, value]) => Array.isArray(value))!;
      steps = 0;
      encode({ ...packet, [field]: counted(packet[field as never]) });
      expect(steps).toBe(2 * count);
    }
  });
});
