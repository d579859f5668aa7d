import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// The tests that judge mutants of the codec: the quick ones. TEXT=fast/text judges the fast text module.
const text = process.env['TEXT'] ?? 'text';
const names = ['codec', 'topic', 'utf8', 'text', 'memory', 'hostile', ...(text === 'text' ? [] : ['fast/memory'])];

export default defineConfig({
  resolve: { alias: { '#text': resolve(`src/codec/${text}.ts`) } },
  test: {
    include: names.map((name) => `test/codec/${name}.test.ts`),
    bail: 1,
    testTimeout: 30_000,
    env: { TEXT: text === 'text' ? 'plain' : 'fast' },
  },
});
