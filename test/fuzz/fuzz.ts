// Mutates the bytes of every packet we have, cuts them at random, and wants one opinion about them from everyone.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Decoder, encode, encodedLength, type Packet, PacketTooLargeError, ProtocolError } from '../../src/codec.ts';
import { bytes, concat, hex } from '../hex.ts';
import { INCOMPLETE, judge, REFUSED } from '../naive-decoder.ts';
import { vectors } from '../packets.ts';

export interface Case {
  readonly source: Uint8Array;
  /** Sizes of its chunks; what is left over comes in one piece. */
  readonly cuts: readonly number[];
}

const suites = ['crossbar', 'emqtt', 'hivemq', 'mochi', 'ruby-mqtt', 'rumqtt', 'wolfmqtt'];
const foreign = suites.flatMap((suite) => {
  const all: { hex?: string }[] = JSON.parse(
    readFileSync(new URL(`../vectors/${suite}.json`, import.meta.url), 'utf8'),
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

/** Lets the Remaining Length cover what there is, so that more than the length is tested. */
function reframe(source: Uint8Array): Uint8Array {
  if (source.length < 2 || source.length > 129) return source;
  return Uint8Array.of(source[0]!, source.length - 2, ...source.subarray(2));
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

interface Outcome {
  readonly packets: readonly Packet[];
  readonly refusal: string | undefined;
  readonly waiting: number;
}

function outcome(chunks: Iterable<Uint8Array>): Outcome {
  const decoder = new Decoder({ maxPacketSize: 0x10_0000 });
  const packets: Packet[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) packets.push(packet);
    }
  } catch (error) {
    if (error instanceof ProtocolError) return { packets, refusal: error.clause, waiting: 0 };
    if (error instanceof PacketTooLargeError) return { packets, refusal: `${error.packetSize} bytes`, waiting: 0 };
    throw error;
  }
  return { packets, refusal: undefined, waiting: decoder.bufferedBytes };
}

function cut({ source, cuts }: Case): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let position = 0;
  for (const size of cuts) {
    chunks.push(source.slice(position, position + size));
    position += size;
  }
  return [...chunks, source.slice(position)];
}

/** What is wrong with what we make of a case, or undefined. */
export function complaint(subject: Case): string | undefined {
  try {
    return complaintAbout(subject);
  } catch (error) {
    return `threw ${error}`;
  }
}

function complaintAbout(subject: Case): string | undefined {
  const { source } = subject;
  const whole = outcome([source]);
  if (!isDeepStrictEqual(outcome(cut(subject)), whole)) return 'another outcome when cut';

  let position = 0;
  for (const packet of whole.packets) {
    const judgement = judge([...source.subarray(position)]);
    if (typeof judgement === 'string') return `the naive decoder says ${judgement}, we decode`;
    if (!isDeepStrictEqual(judgement.packet, packet)) return 'the naive decoder sees other fields';
    const original = source.subarray(position, position + judgement.size);
    const again = encode(packet);
    if (again.length !== encodedLength(packet)) return 'another length than announced';
    // shorter only where the Remaining Length was padded
    if (again.length === original.length && Buffer.compare(again, original) !== 0) return 'other bytes when encoded';
    if (again.length > original.length) return 'longer when encoded';
    position += judgement.size;
  }
  const rest = judge([...source.subarray(position)]);
  if (whole.refusal === undefined && rest !== INCOMPLETE) return 'we wait, the naive decoder does not';
  if (whole.refusal?.endsWith('bytes')) return undefined; // our own limit
  if (whole.refusal !== undefined && rest !== REFUSED) return 'we refuse, the naive decoder does not';
  if (whole.refusal === undefined && whole.waiting !== source.length - position) return 'bytes were lost';
  return undefined;
}

/** The smallest case near `subject` about which there still is a complaint. */
export function shrink(subject: Case, complain: (subject: Case) => string | undefined): Case {
  const { source, cuts } = subject;
  const smaller: Case[] = [
    ...cuts.map((_, i) => ({ source, cuts: cuts.toSpliced(i, 1) })),
    ...Array.from(source, (_, i) => ({ source: concat(source.subarray(0, i), source.subarray(i + 1)), cuts })),
    ...Array.from(source, (byte, i) => ({ source: byte === 0 ? source : source.with(i, 0), cuts })),
  ];
  const next = smaller.find((candidate) => candidate.source !== source && complain(candidate) !== undefined);
  const fewerCuts = smaller.find((candidate) => candidate.cuts !== cuts && complain(candidate) !== undefined);
  const found = fewerCuts ?? next;
  return found === undefined ? subject : shrink(found, complain);
}

export interface Finding {
  readonly number: number;
  readonly complaint: string;
  readonly minimal: string;
}

/** The first finding among `count` cases of `seed`. */
export function fuzz(
  count: number,
  seed: number,
  complain: (subject: Case) => string | undefined = complaint,
): Finding | undefined {
  let number = 0;
  for (const subject of cases(seed)) {
    if (++number > count) return undefined;
    if (complain(subject) === undefined) continue;
    const { source, cuts } = shrink(subject, complain);
    return {
      number,
      complaint: complain({ source, cuts })!,
      minimal: `${hex(source)} cut at ${cuts.join(', ') || 'nothing'}`,
    };
  }
  return undefined;
}
