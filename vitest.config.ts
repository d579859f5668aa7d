import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/all/**'], maxWorkers: '100%' }, // not all processors but one
});
