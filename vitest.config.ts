import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { ENTRIES } from './tools/entries.ts';

/** The examples import what they would import anywhere. */
const entryPoints = ENTRIES.map(({ name, file }) => ({
  find: new RegExp(`^mqtt311${name}$`),
  replacement: resolve('src', `${name === '' ? 'index.node' : file}.ts`),
}));

/** These take long. vitest.all.config.ts runs them, on both text modules. */
export const LONG: readonly string[] = ['test/codec/linear.test.ts'];
/** On the plain text module these take long, too. */
export const LONG_ON_PLAIN: readonly string[] = ['test/codec/{code-points,exhaustive,heap,secret}.test.ts'];

/** Everything runs on the fast text module, as it does in Node, and the tests of the codec on the plain one, too. */
const project = (name: string, text: string, include: string[], exclude: string[]) => ({
  resolve: { alias: [...entryPoints, { find: '#text', replacement: resolve(text) }] },
  test: { name, include, exclude, env: { TEXT: name } },
});

export default defineConfig({
  test: {
    maxWorkers: '100%', // not all processors but one
    isolate: false, // files share the modules of a process, so that src is loaded once and not forty times
    projects: [
      project('fast', 'src/codec/fast/text.ts', ['test/**/*.test.ts'], ['test/all/**', ...LONG]),
      project(
        'plain',
        'src/codec/text.ts',
        ['test/codec/**/*.test.ts', 'test/torture/fuzz/*.test.ts'],
        ['test/codec/fast/**', ...LONG, ...LONG_ON_PLAIN],
      ),
    ],
  },
});
