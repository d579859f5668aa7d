import { defineConfig } from 'vitest/config';

// the checks that need more than npm, or more than a minute; on every processor, since most of them wait
export default defineConfig({ test: { include: ['test/all/**/*.test.ts'], testTimeout: 60_000, maxWorkers: '100%' } });
