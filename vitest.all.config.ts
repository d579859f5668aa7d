import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { singleFile } from './test/support/single-file.ts';
import { LONG, LONG_ON_PLAIN } from './vitest.config.ts';

/** The sources run on the fast text module, as they do in Node. */
const sources = { alias: { '#text': resolve('src/codec/fast/text.ts') } };

export default defineConfig({
  test: {
    maxWorkers: '100%', // most of the tests wait
    testNamePattern: /^(?!.*says that it needs a transport)/, // the single file takes the socket of the page
    projects: [
      // the checks that need more than npm, or more than a minute
      { resolve: sources, test: { name: 'all', include: ['test/all/**/*.test.ts'], testTimeout: 60_000 } },
      // what takes long of the codec's tests
      { resolve: sources, test: { name: 'long', include: [...LONG], env: { TEXT: 'fast' } } },
      {
        resolve: { alias: { '#text': resolve('src/codec/text.ts') } },
        test: { name: 'long, plain', include: [...LONG, ...LONG_ON_PLAIN], env: { TEXT: 'plain' } },
      },
      // what npm test runs on src, run on the single-file build: its private names are shortened
      {
        resolve: sources,
        plugins: [singleFile],
        test: {
          name: 'single file',
          include: [
            'test/client/*.test.ts',
            'test/codec/{codec,foreign-vectors}.test.ts',
            'test/aliyun/aliyun.test.ts',
          ],
          // they look inside, or bundle src themselves
          exclude: ['**/{topic-tree,client-failure,life-cycle,abort,check,node-socket}.test.ts'],
        },
      },
    ],
  },
});
