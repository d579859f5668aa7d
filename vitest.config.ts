import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const src = fileURLToPath(new URL('src/', import.meta.url));

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/all/**'], maxWorkers: '100%' }, // not all processors but one
  // the examples import what they would import anywhere
  resolve: {
    alias: [
      { find: /^mqtt311$/, replacement: `${src}index.node.ts` },
      { find: /^mqtt311\/([\w-]+)$/, replacement: `${src}$1.ts` },
    ],
  },
});
