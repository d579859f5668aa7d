import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freshBrokers } from '../../tools/brokers.ts';

it('the tables of docs/brokers.md are fresh: npm run docs', () => {
  expect(readFileSync('docs/brokers.md', 'utf8')).toBe(freshBrokers());
});
