import { expect, it } from 'vitest';
import { run } from '../torture/simulation/run.ts';

// two files, for two processors: four minutes, where both are busy
it('nothing is lost in 10,000 simulations of 200 messages, the first half', { timeout: 1_200_000 }, async () => {
  expect((await run(1, 10_000, 200)).finding).toBe(undefined);
});
