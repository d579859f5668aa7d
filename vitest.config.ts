import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const { exports }: typeof import('./package.json') = JSON.parse(readFileSync('package.json', 'utf8'));
const sourceOf = (types: string) =>
  fileURLToPath(new URL(types.replace(/^\.\/dist(.*)\.d\.ts$/, 'src$1.ts'), import.meta.url));

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/all/**'], maxWorkers: '100%' }, // not all processors but one
  // the examples import what they would import anywhere
  resolve: {
    alias: Object.entries(exports).flatMap(([entry, target]) =>
      typeof target === 'string'
        ? []
        : [
            {
              find: new RegExp(`^mqtt311${entry.slice(1)}$`),
              replacement: sourceOf('node' in target ? './dist/index.node.d.ts' : target.types),
            },
          ],
    ),
  },
});
