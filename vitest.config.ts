import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const { exports }: typeof import('./package.json') = JSON.parse(readFileSync('package.json', 'utf8'));
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The examples import what they would import anywhere. */
const entryPoints = Object.entries(exports).flatMap(([entry, target]) => {
  if (typeof target === 'string') return [];
  const file = entry === '.' ? 'src/index.node.ts' : target.types.replace(/^\.\/dist(.*)\.d\.ts$/, 'src$1.ts');
  return [{ find: new RegExp(`^mqtt311${entry.slice(1)}$`), replacement: pathOf(file) }];
});

/** Everything runs on the fast text module, as it does in Node, and the tests of the codec on the plain one, too. */
const project = (name: string, text: string, include: string, exclude: string) => ({
  resolve: { alias: [...entryPoints, { find: '#text', replacement: pathOf(text) }] },
  test: { name, include: [include], exclude: [exclude] },
});

export default defineConfig({
  test: {
    maxWorkers: '100%', // not all processors but one
    projects: [
      project('fast', 'src/codec/fast/text.ts', 'test/**/*.test.ts', 'test/all/**'),
      project('plain', 'src/codec/text.ts', 'test/codec/**/*.test.ts', 'test/codec/fast/**'),
    ],
  },
});
