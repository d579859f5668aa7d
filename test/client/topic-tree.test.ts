import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { TopicTree } from '../../src/client/topic-tree.ts';
import { matches } from '../../src/codec/topic.ts';

/** Short, so that they often match; '' and '$' are levels as well. */
const level = fc.constantFrom('a', '', '$', '+');
const filter = fc
  .tuple(fc.array(level, { minLength: 1, maxLength: 2 }), fc.boolean())
  .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'))
  .filter((text) => text !== '');
const topic = fc
  .array(fc.constantFrom('a', '', '$'), { minLength: 1, maxLength: 3 })
  .map((levels) => levels.join('/'))
  .filter((text) => text !== '');

describe('topic filters by the thousand', () => {
  it('find the same as matching one filter after the other, while filters come and go', () => {
    const step = fc.record({ filter, holder: fc.nat(1), isLeaving: fc.boolean(), topic });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const filters = new TopicTree<number>();
        const held = new Map<string, Set<number>>();
        for (const { filter, holder, isLeaving, topic } of steps) {
          const holders = held.get(filter) ?? new Set();
          held.set(filter, holders);
          if (isLeaving && holders.delete(holder)) expect(filters.delete(filter, holder)).toBe(holders.size === 0);
          if (!isLeaving) filters.add(filter, holder);
          if (!isLeaving) holders.add(holder);
          const matching = [...held].filter(([text]) => matches(text, topic)).flatMap(([, holders]) => [...holders]);
          expect([...filters.find(topic)].sort()).toEqual([...new Set(matching)].sort());
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['#', '$SYS/load', false], // [MQTT-4.7.2-1]
    ['+/load', '$SYS/load', false],
    ['$SYS/#', '$SYS/load', true],
    ['sport/#', 'sport', true],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['a/+/c', 'a/$b/c', true],
  ])('%s for %s: %s', (topicFilter, topic, isMatch) => {
    const filters = new TopicTree<string>();
    filters.add(topicFilter, 'holder');
    expect(filters.find(topic)).toEqual(isMatch ? ['holder'] : []);
  });

  it('name a holder once, however many of its filters match', () => {
    const filters = new TopicTree<string>();
    for (const topicFilter of ['#', 'a/+', 'a/b']) filters.add(topicFilter, 'holder');
    expect(filters.find('a/b')).toEqual(['holder']);
  });

  it('name the holders in the order in which they came', () => {
    const matching = ['#', 'a/#', '+/b', 'a/b', 'a/+', 'a/b/#'];
    fc.assert(
      fc.property(fc.shuffledSubarray(matching), fc.shuffledSubarray(matching), (first, then) => {
        const filters = new TopicTree<string>();
        for (const topicFilter of first) filters.add(topicFilter, `first ${topicFilter}`);
        for (const topicFilter of then) filters.add(topicFilter, `then ${topicFilter}`);
        const holders = [...first.map((held) => `first ${held}`), ...then.map((held) => `then ${held}`)];
        expect(filters.find('a/b')).toEqual(holders);
        if (first[0] === undefined) return;
        filters.delete(first[0], holders[0]!);
        filters.add(first[0], holders[0]!);
        expect(filters.find('a/b')).toEqual([...holders.slice(1), holders[0]]);
      }),
    );
  });

  it('are forgotten with their levels when nobody holds them', () => {
    const filters = new TopicTree<string>();
    filters.add('a/b/c', 'holder');
    filters.add('a/b', 'holder');
    filters.delete('a/b/c', 'holder');
    expect(lookupsOf(() => filters.find('a/b/c'))).toBe(lookupsOf(() => filters.find('a/b/d')));
    expect(filters.find('a/b')).toEqual(['holder']);
    filters.delete('a/b', 'holder');
    expect(lookupsOf(() => filters.find('a/b/e'))).toBe(lookupsOf(() => new TopicTree().find('a/b/e')));
  });

  it('remember short topics for the next time, and long ones not', () => {
    const filters = new TopicTree<string>();
    filters.add('#', 'holder');
    const isRemembered = (topic: string) => {
      filters.find(topic);
      return lookupsOf(() => filters.find(topic)) === 1;
    };
    expect(isRemembered('x'.repeat(200))).toBe(true);
    expect(isRemembered('x'.repeat(201))).toBe(false);
    for (let i = 0; i < 2_000; i++) {
      filters.find(`${i}`.padEnd(200, '/'));
      expect(sizeOf(filters)).toBeLessThanOrEqual(1_000);
    }
  });

  it('remember nothing when nobody holds a filter any more, and nothing that they are told to forget', () => {
    const filters = new TopicTree<string>();
    filters.add('a', 'holder');
    filters.find('a');
    expect(sizeOf(filters)).toBe(1);
    filters.forget();
    expect(sizeOf(filters)).toBe(0);
    filters.delete('a', 'holder');
    filters.find('a');
    expect(sizeOf(filters)).toBe(0);
  });

  it('may have as many levels as a string holds', () => {
    const filters = new TopicTree<string>();
    const deep = '/'.repeat(65_535);
    filters.add(deep, 'holder');
    expect(filters.find(deep)).toEqual(['holder']);
    expect(filters.delete(deep, 'holder')).toBe(true);
    expect(filters.find(deep)).toEqual([]);
  });

  it('find with 10,000 filters in as many steps as with one', () => {
    const lookups = (count: number) => {
      const filters = new TopicTree<number>();
      for (let i = 0; i < count; i++) filters.add(`device/${i}/+`, i);
      return lookupsOf(() => expect(filters.find('device/0/state')).toEqual([0]));
    };
    expect(lookups(10_000)).toBe(lookups(1));
  });
});

/** How many topics are remembered. */
const sizeOf = (filters: TopicTree<string>) => (filters as unknown as { known: Map<string, unknown> }).known.size;

/** How often a map is asked for a key meanwhile. */
function lookupsOf(work: () => void): number {
  const get = vi.spyOn(Map.prototype, 'get');
  work();
  const count = get.mock.calls.length;
  get.mockRestore();
  return count;
}
