import { describe, expect, it } from 'vitest';
import { everyCut, exchange } from '../simulation/cuts.ts';
import { run } from '../simulation/run.ts';

const timeout = 1_200_000;

describe('nothing is lost', () => {
  // four minutes on two busy cores: npm run simulate -- --seeds 20000 --from 1000
  it('in 20,000 simulations of 200 messages', { timeout }, async () => {
    expect((await run(1_000, 20_000, 200)).finding).toBe(undefined);
  });

  it('of one QoS 2 exchange each way, with two connections cut at every pair of bytes', { timeout }, async () => {
    for (const first of everyCut)
      for (const second of everyCut) {
        const { violation } = await exchange([first, second]);
        if (violation !== undefined) expect([first, second, violation]).toBe(undefined);
      }
  });

  it('of it with a store, in pieces, cut at every third pair of bytes', { timeout }, async () => {
    const some = everyCut.filter((_, i) => i % 3 === 0);
    for (const first of some)
      for (const second of some) {
        const { violation } = await exchange([first, second], { durable: true, storeDelay: 2, split: 0.9, latency: 3 });
        if (violation !== undefined) expect([first, second, violation]).toBe(undefined);
      }
  });
});
