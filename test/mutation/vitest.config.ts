import { defineConfig } from 'vitest/config';

// The tests that judge mutants of the codec: the quick ones.
const include = ['codec', 'topic', 'utf8', 'text', 'memory', 'hostile', 'fast/memory'].map(
  (name) => `test/codec/${name}.test.ts`,
);

export default defineConfig({ test: { include, bail: 1, testTimeout: 30_000 } });
