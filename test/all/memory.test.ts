import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

// Closures in the place of classes took 6,100 bytes, and containers made before their first entry another 500.
it('KeepAlive and Session take less than 800 bytes together', () => {
  const args = ['--expose-gc', 'bench/wire/parts.mjs', '10000'];
  const { bytes } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(bytes).toBeGreaterThan(300); // or it measures nothing
  expect(bytes).toBeLessThan(800);
});
