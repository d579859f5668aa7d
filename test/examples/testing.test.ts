// The tests that docs/testing.md shows are tests: they run here.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('an application with the broker in memory', async () => {
  await import('../../examples/testing/lost-puback.test.ts');
  await import('../../examples/testing/expired-token.test.ts');
  await import('../../examples/testing/server-away.test.ts');
});

describe('client and broker with fake timers of Vitest', async () => {
  await import('../../examples/testing/fake-timers.test.ts');
});

describe('client and broker with a clock of their own', async () => {
  await import('../../examples/testing/own-clock.test.ts');
});

it('client and broker run with the mock timers of Node', { timeout: 60_000 }, () => {
  const env = { PATH: process.env['PATH'] }; // not that of this test runner
  const args = ['--test', '--test-reporter=tap', 'examples/testing/mock-timers.mjs'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  expect(stdout).toContain('# pass 1');
  expect([status, stderr]).toEqual([0, '']);
});
