// Runs the reader's file, in a worker: a loop without an end stops nothing but it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { exercises } from './exercises.ts';
import { type Report, runChecks, sayError } from './run.ts';

const { number, url }: { number: number; url: string } = workerData;
const tell = (report: Report) => parentPort!.postMessage(report);

tell({ kind: 'ready' });
try {
  await runChecks(exercises[number - 1]!, await import(url), tell);
} catch (error) {
  const trace = error instanceof SyntaxError ? checkSyntax() : undefined;
  const reason = { message: sayError(error, trace), shown: [] };
  tell({ kind: 'result', name: 'can be loaded', reason });
  tell({ kind: 'end' });
}

/** The line of a syntax error is in no property of it, and Node prints it. */
function checkSyntax(): string {
  return spawnSync(process.execPath, ['--check', fileURLToPath(url)], { encoding: 'utf8' }).stderr;
}
