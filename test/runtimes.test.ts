// The run of test/runtimes, where there is nothing but the language.
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { conformance } from './runtimes/bundle.ts';
import type { Report } from './runtimes/conformance.ts';

vi.setConfig({ testTimeout: 60_000 });

const run = (code: string, maps: object) =>
  runInNewContext(`${code}; conformance.run()`, maps, { timeout: 60_000 }) as Report;

describe('in an engine without any platform', async () => {
  const code = await conformance();
  const whole = run(code, {});

  it('the run finds nothing wrong', () => {
    expect(whole.failures).toEqual([]);
    expect(whole.core.checks).toBeGreaterThan(20_000);
    expect(whole.all!.checks).toBeGreaterThan(whole.core.checks);
  });

  it('codec, signer and keep-alive give the same without Map and Set', () => {
    const { failures, core, all } = run(code, { Map: undefined, Set: undefined });
    expect([failures, all]).toEqual([[], undefined]);
    expect(core).toEqual(whole.core);
  });

  it('a difference in one character of one result shows in the hash', () => {
    const { failures, core } = run(code.replaceAll('be empty', 'be Empty'), { Map: undefined, Set: undefined });
    expect(failures).toEqual([]);
    expect(core.hash).not.toBe(whole.core.hash);
  });
});
