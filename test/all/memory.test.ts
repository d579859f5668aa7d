import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

// closures instead of classes took 6,100 bytes, and that is what this is about
it('KeepAlive and Session take less than 1,500 bytes together', () => {
  const args = ['--expose-gc', 'bench/wire/parts.mjs', '10000'];
  const { bytes } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(bytes).toBeGreaterThan(500); // or it measures nothing
  expect(bytes).toBeLessThan(1_500);
});
