// The example for mini programs, in one file, where there is little but `wx`.
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it, vi } from 'vitest';
import { EXPECTED_USE, usePhone } from './support/phone.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a machine may be busy

it('connects, publishes, looks at its connection when the program comes back, and sends nothing but packets', async () => {
  const { outputFiles } = await build({
    entryPoints: ['examples/wechat.ts'],
    bundle: true,
    format: 'cjs',
    target: 'es2018',
    write: false,
  });
  const use = await usePhone((wx) => {
    const module = { exports: {} };
    // nothing else that a platform has: no WebSocket, no TextEncoder, no URL, no crypto
    runInContext(outputFiles[0]!.text, createContext({ wx, module, setTimeout, clearTimeout }));
    return module.exports as typeof import('../examples/wechat.ts');
  });
  expect(use).toStrictEqual(EXPECTED_USE);
});
