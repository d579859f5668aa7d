// What is remembered of texts must never be seen: every packet is written and read as if it were the first.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { Decoder, decode, encode, type PublishPacket, publish } from '../../src/codec/codec.ts';
import { concat, hex } from '../support/hex.ts';

const payload = new Uint8Array(0);
const message = (topic: string): PublishPacket => publish({ topic, payload });
const ROUNDS = 60; // one text in sixteen is remembered, at random: by then nearly all are

// each packet in a chunk of its own, then all in one chunk: the second is read through a view
function expectAll(topics: readonly string[]): void {
  const packets = topics.map(message);
  const expected = topics.map((topic) => {
    const bytes = new TextEncoder().encode(topic);
    const length = bytes.length + 2;
    const header = length < 0x80 ? [0x30, length] : [0x30, (length & 0x7f) | 0x80, length >> 7];
    return concat(Uint8Array.of(...header, bytes.length >> 8, bytes.length & 0xff), bytes);
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, packet] of packets.entries()) {
      if (hex(encode(packet)) !== hex(expected[i]!)) expect.fail(`'${topics[i]}' written in round ${round}`);
      const { topic } = decode(expected[i]!) as PublishPacket;
      if (topic !== topics[i]) expect.fail(`'${topics[i]}' read as '${topic}' in round ${round}`);
    }
    const decoder = new Decoder();
    decoder.push(concat(...expected));
    for (const topic of topics) expect((decoder.read() as PublishPacket).topic).toBe(topic);
  }
}

describe('topics that come again and again are written and read as they are', () => {
  it('when they have one letter and every size', () =>
    expectAll(Array.from({ length: 140 }, (_, i) => 'a'.repeat(i + 1))));

  it('when they differ in one letter', () => {
    const topics = Array.from({ length: 13 }, (_, i) => `${'a'.repeat(i)}b${'a'.repeat(12 - i)}`);
    expectAll([...topics, 'a'.repeat(13)]);
  });

  it('when they are not ASCII', () => expectAll(['温度', '温度/厨房', 'é'.repeat(64), '🌡'.repeat(32), '🌡'.repeat(33)]));

  it('when they are more than are remembered', () => expectAll(Array.from({ length: 300 }, (_, i) => `device/${i}`)));
});

// the hash that topics are looked up by, of two or three words of four bytes
const wordOf = (text: string): number => new DataView(new TextEncoder().encode(text).buffer).getInt32(0);
const textOf = (word: number): string =>
  String.fromCharCode(word >>> 24, (word >> 16) & 0xff, (word >> 8) & 0xff, word & 0xff);
const mix = (hash: number, word: number): number => Math.imul(hash ^ word, 0x9e3779b1);

describe('topics of one size and one hash are told apart', () => {
  // pairs of words whose second word is computed from the first so that all pairs have one hash
  function collisions(first: string): string[] {
    const start = first === '' ? 0 : mix(0, wordOf(first));
    const goal = mix(start, wordOf('aaaa')) ^ wordOf('bbbb');
    const found = [`${first}aaaabbbb`];
    for (let i = 0; found.length < 4; i++) {
      const word = `c${i.toString(36).padStart(3, '0')}`;
      const rest = textOf(mix(start, wordOf(word)) ^ goal);
      if (/^[0-9A-Za-z]{4}$/.test(rest)) found.push(first + word + rest);
    }
    return found;
  }

  it('when they differ from their beginning', () => expectAll(collisions('')));
  it('when they begin alike', () => expectAll(collisions('same')));
});

describe('a text that is refused', () => {
  const topic = 'status/é';
  const expected = hex(encode(message(topic)));

  it('leaves the topic before it as it was, when it was read', () => {
    decode(encode(message(topic)));
    expect(() => decode(Uint8Array.of(0x30, 0x04, 0x00, 0x02, 0x61, 0xff))).toThrow('MQTT-1.5.3-1');
    expect(hex(encode(message(topic)))).toBe(expected);
  });

  it('leaves the topic before it as it was, when it was to be written', () => {
    encode(message(topic));
    for (let i = 0; i < 2; i++) expect(() => encode(message('\ud800'))).toThrow('MQTT-1.5.3-1');
    expect(hex(encode(message(topic)))).toBe(expected);
  });
});

describe('what is remembered', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heapOf = (act: () => void): number => {
    act(); // compiled, and all rooms taken
    collect();
    const before = process.memoryUsage().heapUsed;
    act();
    collect();
    return process.memoryUsage().heapUsed - before;
  };
  let next = 0;
  const pass = () => {
    for (let i = 0; i < 50_000; i++) decode(encode(message(`a/topic/that/does/not/recur/${next++}`)));
  };

  it('is not more when fifty thousand topics have come', () => expect(heapOf(pass)).toBeLessThan(300_000));
});

describe('the first text of all', () => {
  it('is no topic when it is empty or missing [MQTT-4.7.3-1]', async () => {
    for (const first of ['', undefined]) {
      vi.resetModules();
      const { checkTopic } = await import('../../src/codec/topic.ts');
      expect(() => checkTopic(first as never)).toThrow(
        first === '' ? 'topic must not be empty' : 'topic must be a string',
      );
    }
  });
});
