import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freshReadme } from '../../tools/readme.ts';

it('the generated parts of the README are fresh: npm run docs', async () => {
  expect(readFileSync('README.md', 'utf8')).toBe(await freshReadme());
});
