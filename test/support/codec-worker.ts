// The codec in a thread of its own, whose heap can be limited and searched.
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const TEXT = process.env['TEXT'] === 'plain' ? 'src/codec/text.ts' : 'src/codec/fast/text.ts';

const bundle = build({
  entryPoints: ['src/codec/codec.ts'],
  bundle: true,
  alias: { '#text': resolve(TEXT) },
  format: 'iife',
  globalName: 'codec',
  write: false,
});

/** Runs a script that has the names `codec` and `parentPort`, with at most `megabytes` of heap for what lives long. */
export async function codecWorker(script: string, megabytes?: number): Promise<Worker> {
  const code = (await bundle).outputFiles[0]!.text;
  return new Worker(`${code}\nconst { parentPort } = require('node:worker_threads');\n${script}`, {
    eval: true,
    resourceLimits: megabytes === undefined ? {} : { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 4 },
  });
}
