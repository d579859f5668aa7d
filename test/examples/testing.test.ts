// The tests that docs/testing.md shows are tests: they run here.
import { describe } from 'vitest';

describe('an application with the broker in memory', async () => {
  await import('../../examples/testing/lost-puback.test.ts');
  await import('../../examples/testing/expired-token.test.ts');
  await import('../../examples/testing/server-away.test.ts');
});
