// Starts a broker, and the program that loads it, in a process of its own.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Pulse } from '../../all/interop/pulse.ts';
import { startBroker } from '../../all/interop/start.ts';

export interface Loaded {
  readonly cycles?: number;
  readonly bare?: number;
  readonly clients?: number;
  readonly queued?: number;
  readonly seconds?: number;
  readonly published?: number;
  readonly fulfilled?: number;
  readonly received?: number;
  readonly errors?: number;
  /** Of processor time. */
  readonly milliseconds?: number;
  /** What still holds the process open when all is closed. */
  readonly resources: readonly string[];
  /** Bytes that the heap grows by: with each cycle, or in a millisecond. */
  readonly slope: number;
}

export type Mode = 'cycles' | 'bare' | 'clients' | 'queued' | 'soak';

/** @param amount cycles, with sockets or without, publishes, or seconds */
export async function load(mode: Mode, amount: number, seed: number): Promise<Loaded> {
  const program = join('node_modules', '.cache', `mqtt311-load-${process.pid}-${mode}.mjs`);
  await build({
    entryPoints: ['test/torture/load/program.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['isomorphic-ws', 'ws'],
  });
  const running = await startBroker('mosquitto', { hasNoLimits: true });
  const pulse = await Pulse.start(running);
  const args = ['--expose-gc', program, mode, running.url('ws'), `${amount}`, `${seed}`];
  try {
    return await new Promise<Loaded>((resolve, reject) => {
      execFile(process.execPath, args, (error, stdout, stderr) => {
        if (error !== null || stderr !== '') reject(error ?? new Error(stderr));
        else resolve(JSON.parse(stdout));
      });
    });
  } finally {
    await pulse.stop();
    await running.stop();
    rmSync(program);
  }
}
