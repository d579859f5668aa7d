// Many packets, of which only those are explained that somebody looks at, or that changed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, type Packet, publish } from '../../src/codec/codec.ts';
import { explain } from '../../src/explain/explain.ts';
import { nameOfPart } from '../../src/explain/name.ts';
import { Packets, partsOf } from '../../src/explain/packets.ts';
import { packet, prop } from '../support/arbitraries.ts';
import { bytes, concat, hex } from '../support/hex.ts';

const payload = new Uint8Array(40);
/** 1 MB of PUBLISHes. */
const CAPTURE = concat(
  ...Array.from({ length: 20_000 }, (_, i) => encode(publish({ topic: `t/${1000 + (i % 9)}`, payload }))),
);

/** Packets that count how often a packet is explained. */
function counted(source: Uint8Array, parts = partsOf(source)) {
  const work = { explained: 0 };
  const count = (some: Uint8Array) => {
    work.explained += 1;
    return explain(some);
  };
  return { packets: new Packets(source, parts, count), work };
}

function flipped(source: Uint8Array, offset: number, bit: number): Uint8Array {
  const changed = source.slice();
  changed[offset]! ^= 1 << bit;
  return changed;
}

const allOf = (packets: Packets) => packets.parts.flatMap((part) => packets.explain(part));

describe('packets', () => {
  prop([fc.array(packet, { maxLength: 5 }), fc.uint8Array({ maxLength: 5 })], { numRuns: 150 })(
    'have together the explanation of all their bytes',
    (some: Packet[], rest) => {
      const source = concat(...some.map(encode), rest);
      expect(allOf(new Packets(source))).toEqual(explain(source));
    },
  );

  prop([fc.array(packet, { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(7), fc.nat()], { numRuns: 150 })(
    'are after an edit what they would be without the packets before it',
    (some, at, bit, size) => {
      const source = concat(...some.map(encode));
      const before = new Packets(source);
      allOf(before);
      const changed = flipped(source, at % source.length, bit);
      for (const after of [changed, source.subarray(0, size % source.length), concat(source, Uint8Array.of(0xc0))]) {
        const edited = before.edited(after);
        expect(allOf(edited)).toEqual(explain(after));
        expect(edited.edited(source).parts).toEqual(before.parts);
      }
    },
  );

  it('of a capture are independent: one that breaks leaves the others as they are', () => {
    const source = bytes('c0 00 40 02 00 01 d0 00');
    const parts = partsOf(source).map((part) => ({ ...part, origin: { direction: 'sent', connection: 1 } as const }));
    const { parts: after } = new Packets(source, parts).edited(flipped(source, 5, 0));
    expect(after.map(({ error }) => error?.clause)).toEqual([undefined, 'MQTT-2.3.1-1', undefined]);
    expect(after.every(({ origin }) => origin?.direction === 'sent')).toBe(true);
  });

  it('explain nothing before somebody looks, and one packet when a bit in 1 MB changes', () => {
    const { packets, work } = counted(CAPTURE);
    expect(packets.parts).toHaveLength(20_000);
    expect(work.explained).toBe(0);
    const window = [10_000, 10_001, 10_002];
    const look = (some: Packets) => {
      for (const index of window) some.explain(some.parts[index]!);
    };
    look(packets);
    expect(work.explained).toBe(3);
    const { start } = packets.parts[10_001]!;
    const edited = packets.edited(flipped(CAPTURE, start + 5, 0));
    look(edited);
    expect(work.explained).toBe(4);
    expect(edited.parts.filter((part, i) => part !== packets.parts[i])).toHaveLength(1);
  });

  it('explain one packet when a bit breaks it, and one when the bit is flipped back', () => {
    const { packets, work } = counted(CAPTURE);
    const { start } = packets.parts[10_001]!;
    const broken = packets.edited(flipped(CAPTURE, start, 3));
    expect([broken.broken, broken.parts.length]).toEqual([10_001, 10_002]);
    broken.explain(broken.parts[10_001]!);
    const mended = broken.edited(CAPTURE);
    expect(mended.parts.every((part, i) => part === packets.parts[i])).toBe(true);
    mended.explain(mended.parts[10_001]!);
    expect(work.explained).toBe(2);
  });

  it('find the packet that has a byte', () => {
    const { packets } = counted(CAPTURE);
    for (const index of [0, 1, 777, 19_999]) {
      const { start, end } = packets.parts[index]!;
      expect([packets.indexOf(start), packets.indexOf(end - 1)]).toEqual([index, index]);
    }
  });
});

describe('the name of a packet', () => {
  it.each([
    ['32 07 00 01 74 00 0a 68 69', 'PUBLISH t, QoS 1, id 10'],
    ['40 02 00 0a', 'PUBACK id 10'],
    ['82 06 00 01 00 01 74 00', 'SUBSCRIBE id 1, t'],
    ['c0 00', 'PINGREQ'],
    ['40 02 00 00', 'PUBACK, broken'],
    ['f0', 'reserved, broken'],
  ])('of %s is %s', (text, name) => {
    const source = bytes(text);
    expect(nameOfPart(source, partsOf(source)[0]!)).toBe(name);
  });

  it('is short, however many filters there are', () => {
    const filters = '00 01 74 00'.repeat(5_000);
    const source = bytes(`82 a2 9c 01 00 01 ${filters}`);
    expect(partsOf(source)[0]!.error).toBeUndefined();
    expect(nameOfPart(source, partsOf(source)[0]!).length).toBeLessThan(250);
    expect(hex(source.subarray(0, 1))).toBe('82');
  });
});
