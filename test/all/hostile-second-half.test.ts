import { expect, it } from 'vitest';
import { playAll } from '../torture/hostile/play.ts';

// two files, for two processors
it('a hostile broker brings about nothing but typed errors, in 50,000 scripts, the second half', {
  timeout: 600_000,
}, async () => {
  expect((await playAll(50_000, 50_001)).finding).toBe(undefined);
});
