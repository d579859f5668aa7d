import { describe, expect, it, vi } from 'vitest';
import { everyCut, exchange, LENGTH } from './cuts.ts';
import { planOf } from './plan.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('a simulation', () => {
  it('keeps every promise, 60 times', async () => {
    const { finding } = await run(1, 60, 200);
    expect(finding).toBe(undefined);
  });

  it('is the same twice, byte by byte, and another for another seed', async () => {
    const hashes: string[] = [];
    for (const seed of [1, 1, 2]) hashes.push((await simulate(planOf(seed, 200))).hash);
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
    expect(planOf(3, 200)).toStrictEqual(planOf(3, 200));
  });

  it('tells what never settles, and leaves out what it does not need for that', async () => {
    const { setting, actions, ...plan } = planOf(4, 50);
    const endless = { at: 10, kind: 'restart', away: 1e9, forgets: false } as const;
    const broken = { ...plan, setting: { ...setting, minDelay: 60_000 }, actions: [endless, ...actions] };
    expect((await simulate(broken)).violation).toMatchObject({ letter: 'g' });
    expect(await shrink(broken)).toMatchObject({ actions: [endless], faults: [] });
  });
});

describe('one QoS 2 exchange each way arrives once', () => {
  it('when nothing is cut, in so many bytes', async () => {
    const behind = [
      { direction: 'up', bytes: LENGTH.up - 1 },
      { direction: 'down', bytes: LENGTH.down - 1 },
    ] as const;
    for (const cut of behind) expect(await exchange([cut])).toMatchObject({ violation: undefined, connections: 1 });
  });

  it.each([
    ['with a handler', {}],
    ['with a slow handler', { consumer: 'async' }],
    ['with a loop', { consumer: 'loop' }],
    ['with a store', { durable: true, storeDelay: 2 }],
    ['in pieces', { split: 0.9, latency: 3 }],
  ] as const)('cut at every byte of both streams, %s', async (_, setting) => {
    for (const cut of everyCut)
      expect([cut, (await exchange([cut], setting)).violation]).toStrictEqual([cut, undefined]);
  });
});
