// Data to stdout, messages to stderr, secrets from the environment or stdin.
import { buffer, text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { UsageError } from './command.ts';

const controller = new AbortController();
/** Fires at the first Ctrl-C, and when nobody reads stdout any more: time to close the client and go. */
export const interrupted: AbortSignal = controller.signal;
export const interruption: Promise<void> = new Promise((resolve) => {
  interrupted.addEventListener('abort', () => resolve());
});

/** A second Ctrl-C ends the process, as if nobody listened. */
export function listenForInterruption(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort();
  });
  process.stderr.on('error', () => {});
}

export function print(data: string | Uint8Array): void {
  if (!interrupted.aborted || process.stdout.writable) process.stdout.write(data);
}

export function printLine(line: string): void {
  print(`${line}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

export function tell(message: string): void {
  clearProgress();
  process.stderr.write(`mqtt311: ${message}\n`);
}

type Format = Parameters<typeof styleText>[0];

/** Colours data, if stdout is a terminal that has them and NO_COLOR does not forbid it. */
export function paint(format: Format, data: string): string {
  return styleText(format, data, { stream: process.stdout });
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

export async function readStdin(): Promise<Uint8Array> {
  return new Uint8Array(await buffer(process.stdin));
}

/** A secret without which nothing works. */
export async function readSecret(variable: string): Promise<string> {
  const secret = process.env[variable] ?? (process.stdin.isTTY ? '' : await readSecretFromStdin());
  if (secret === '') throw new UsageError(`set ${variable} in the environment, or give the secret on standard input`);
  return secret;
}

/** Without the end of its line. */
export async function readSecretFromStdin(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** Resolves when the time is over, or at the interruption. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted || !(milliseconds > 0)) return resolve();
    const done = () => {
      clearTimeout(timer);
      interrupted.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    interrupted.addEventListener('abort', done);
  });
}
