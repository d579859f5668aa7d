import { describe, expect, it } from 'vitest';
import { everyCut, exchange } from '../torture/simulation/cuts.ts';

const timeout = 600_000;

describe('one QoS 2 exchange each way, with two connections cut, arrives once', () => {
  it('at every pair of bytes', { timeout }, async () => {
    for (const first of everyCut)
      for (const second of everyCut) {
        const { violation } = await exchange([first, second]);
        if (violation !== undefined) expect([first, second, violation]).toBe(undefined);
      }
  });

  it('with a store, and in pieces, at every third pair', { timeout }, async () => {
    const some = everyCut.filter((_, i) => i % 3 === 0);
    for (const first of some)
      for (const second of some) {
        const { violation } = await exchange([first, second], { durable: true, storeDelay: 2, split: 0.9, latency: 3 });
        if (violation !== undefined) expect([first, second, violation]).toBe(undefined);
      }
  });
});
