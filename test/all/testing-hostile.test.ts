import { expect, it } from 'vitest';
import { attack } from '../testing/attack.ts';

it('ends connections of mqtt311/testing with bytes that break a rule, and no others: 200,000 cases', async () => {
  const { ended, open } = await attack(200_000, 311);
  expect(Math.min(ended, open)).toBeGreaterThan(20_000);
}, 300_000);
