// The command line in the process of the test, which is much faster than a process of its own. Nothing is on its stdin.
import { vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import type { Outcome } from './cli.ts';

const STREAMS = ['stdout', 'stderr'] as const;

/** Runs `mqtt311` to its end. One at a time: it writes to the streams of this process. */
export async function runHere(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const spies = STREAMS.map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    }),
  );
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return { code: await run([...args]), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
