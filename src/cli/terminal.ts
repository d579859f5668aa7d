// Data to stdout, messages to stderr, secrets from the environment or stdin.
import { styleText } from 'node:util';
import { visible } from '../explain/visible.ts';
import { UsageError } from './command.ts';

const controller = new AbortController();
/** Fires at the first Ctrl-C, and when stdout takes nothing any more: time to close the client and go. */
export const interrupted: AbortSignal = controller.signal;
export const interruption: Promise<void> = new Promise((resolve) => {
  interrupted.addEventListener('abort', () => resolve());
});

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
let outputFailed = false;

/** A second Ctrl-C ends the process, as if nobody listened. */
export function listenForInterruption(): void {
  const interrupt = () => {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  process.stdout.on('error', (error) => {
    if (outputFailed) return;
    outputFailed = true;
    tell(`standard output: ${error.message}`);
    end(1);
    controller.abort();
  });
  process.stderr.on('error', () => {});
}

/** Chooses the exit code. Output that nobody could read makes it a failure. */
export function end(code: number): void {
  process.exitCode = outputFailed ? 1 : code;
}

/** As it is. What a broker has chosen is written by {@link visible} first, unless it goes to a file or a pipe as data. */
export function print(data: string | Uint8Array): void {
  if (!outputFailed) process.stdout.write(data);
}

/**
 * Whether stdout has taken all that it was given: at once, where it is a file, a terminal or a pipe of POSIX; undefined
 * while that is not known. A disk that is full and a pipe that nobody reads take nothing.
 */
export function hasTaken(): boolean | undefined {
  if (outputFailed || process.stdout.errored) return false;
  return process.stdout.writableLength === 0 ? true : undefined;
}

/** Resolves when stdout has taken all that it was given before. Never does when it could not. */
export function taken(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write('', (error) => {
      if (!error && hasTaken() !== false) resolve();
    });
  });
}

export function printLine(line: string): void {
  print(`${line}\n`);
}

/** On one line, with escapes for all that could harm a terminal. */
export function printJson(value: unknown): void {
  printLine(visible(JSON.stringify(value)));
}

/** One line, whatever is in it: a broker chooses parts of many messages. */
export function tell(message: string): void {
  clearProgress();
  process.stderr.write(`mqtt311: ${visible(message)}\n`);
}

/** A command line on a line of its own, to be copied. */
export function tellCall(call: string): void {
  process.stderr.write(`  ${visible(call)}\n`);
}

type Format = Parameters<typeof styleText>[0];

/** Colours data, if the stream is a terminal that has them and NO_COLOR does not forbid it. */
export function paint(format: Format, data: string, stream: NodeJS.WritableStream = process.stdout): string {
  return styleText(format, data, { stream });
}

let hasProgress = false;

/** One line on a terminal that the next one overwrites; elsewhere nothing. */
export function showProgress(line: string): void {
  if (!process.stderr.isTTY) return;
  hasProgress = true;
  process.stderr.write(`\r\u001b[K${line}`);
}

export function clearProgress(): void {
  if (hasProgress) process.stderr.write('\r\u001b[K');
  hasProgress = false;
}

/** What comes in on stdin until it ends, until the interruption, or until the signal fires. */
export async function* chunksOfStdin(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Buffer> = process.stdin[Symbol.asyncIterator]();
  const stopped = new Promise<undefined>((resolve) => {
    signal?.addEventListener('abort', () => resolve(undefined));
  });
  const atOnce = () => new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
  try {
    for (;;) {
      if (signal?.aborted) return;
      const next = chunks.next();
      next.catch(() => {}); // After the interruption nobody waits for it.
      const read = await Promise.race([next, stopped, interruption.then(() => Promise.race([next, atOnce()]))]);
      if (read === undefined || read.done) return;
      yield read.value;
    }
  } finally {
    process.stdin.destroy();
  }
}

/** All of stdin. Rejects at the interruption. */
export async function readStdin(): Promise<Uint8Array> {
  const bytes = await readStdinSoFar();
  interrupted.throwIfAborted();
  return bytes;
}

/** All of stdin, or what came before the interruption. */
export async function readStdinSoFar(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOfStdin()) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** A secret without which nothing works. */
export async function readSecret(variable: string): Promise<string> {
  const secret = process.env[variable] ?? (process.stdin.isTTY ? '' : await readSecretFromStdin());
  if (secret === '') throw new UsageError(`set ${variable} in the environment, or give the secret on standard input`);
  return secret;
}

/** Without the end of its line. */
export async function readSecretFromStdin(): Promise<string> {
  return new TextDecoder().decode(await readStdin()).replace(/\r?\n$/, '');
}

/** Resolves when the time is over, or when the signal fires. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted || !(milliseconds > 0)) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
}
