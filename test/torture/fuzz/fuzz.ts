// Mutates the bytes of every packet we have, and cuts them at random.
import { readFileSync } from 'node:fs';
import { bytes } from '../../support/hex.ts';
import { vectors } from '../../support/packets.ts';
import { type Case, complaint, type Finding, finding, reframe } from './case.ts';

const suites = ['crossbar', 'emqtt', 'hivemq', 'mochi', 'ruby-mqtt', 'rumqtt', 'wolfmqtt'];
const foreign = suites.flatMap((suite) => {
  const all: { hex?: string }[] = JSON.parse(
    readFileSync(new URL(`../../vectors/${suite}.json`, import.meta.url), 'utf8'),
  );
  return all.flatMap(({ hex: text }) => (text === undefined || text.length > 400 ? [] : [bytes(text)]));
});
export const corpus: readonly Uint8Array[] = [...vectors.map((vector) => bytes(vector.hex)), ...foreign];

/** mulberry32: small, and the same everywhere. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}

// bytes at which something turns: lengths, flags, wildcards, surrogates, overlong forms
const EDGES = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x23, 0x24, 0x2b, 0x2f, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0,
  0xf4, 0xff,
];

// overlong forms, surrogates, U+110000, a byte order mark, U+10FFFF
const SEQUENCES = [
  'c0 80',
  'e0 80 80',
  'e0 9f bf',
  'f0 8f bf bf',
  'ed a0 80',
  'f4 90 80 80',
  'ef bb bf',
  'f4 8f bf bf',
];

function mutate(source: Uint8Array, random: (below: number) => number): Uint8Array {
  const list = [...source];
  const where = random(list.length + 1);
  switch (random(9)) {
    case 0:
      list[where % list.length]! ^= 1 << random(8);
      break;
    case 1:
      list[where % list.length] = EDGES[random(EDGES.length)]!;
      break;
    case 2:
      list[where % list.length] = random(256);
      break;
    case 3:
      list.splice(where, 0, EDGES[random(EDGES.length)]!);
      break;
    case 4:
      list.splice(where, 1 + random(3));
      break;
    case 5:
      list.splice(where, 0, ...list.slice(where, where + 1 + random(6)));
      break;
    case 6: {
      const other = corpus[random(corpus.length)]!;
      list.splice(where, list.length, ...other.slice(random(other.length + 1)));
      break;
    }
    case 7:
      list.splice(where, random(4), ...bytes(SEQUENCES[random(SEQUENCES.length)]!));
      break;
    default:
      list.push(...corpus[random(corpus.length)]!);
  }
  return Uint8Array.from(list);
}

/** The cases that belong to a seed. */
export function* cases(seed: number): Generator<Case> {
  const random = generator(seed);
  for (;;) {
    let source = corpus[random(corpus.length)]!;
    for (let times = random(4); times >= 0; times--) if (source.length > 0) source = mutate(source, random);
    if (random(2) === 0) source = reframe(source);
    const cuts = Array.from({ length: random(5) }, () => random(source.length + 2));
    yield { source, cuts };
  }
}

/** The first finding among `count` cases of `seed`, and the number of its case. */
export function fuzz(count: number, seed: number, complain = complaint): (Finding & { number: number }) | undefined {
  let number = 0;
  for (const subject of cases(seed)) {
    if (++number > count) return undefined;
    const found = finding(subject, complain);
    if (found !== undefined) return { number, ...found };
  }
  return undefined;
}
