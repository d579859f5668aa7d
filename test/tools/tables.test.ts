import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { freshTables, TABLED } from '../../tools/tables.ts';

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

it.each(TABLED)('the tables and figures of %s are fresh: npm run docs', async (path) => {
  expect(readFileSync(path, 'utf8')).toBe(await freshTables(path));
});

it('the README fits on a few screens', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(131);
});
