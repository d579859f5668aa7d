import { expect, it } from 'vitest';
import { attack } from './attack.ts';

it('ends connections with bytes that break a rule, and no others, and the broker goes on', async () => {
  const { ended, open } = await attack(2_000, 20_141_029);
  expect(Math.min(ended, open)).toBeGreaterThan(200);
}, 60_000); // on a busy machine
