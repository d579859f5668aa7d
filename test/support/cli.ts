// The command line as a child process.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

export const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** A terminal's colours and the surroundings' secrets are not the tests'. */
const ENVIRONMENT = { PATH: process.env['PATH'] };

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Given {
  /** `open`: the test writes it, and ends it or not. */
  readonly stdin?: string | Uint8Array | 'open';
  /** A file to which stdout goes. */
  readonly stdout?: number;
  /** Lets it believe that its stdout is a terminal. */
  readonly isTerminal?: boolean;
  readonly env?: Record<string, string>;
}

/** A running mqtt311, and what it has printed. */
export class Cli {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Outcome>;
  stdout = '';
  stderr = '';
  /** What is in `stdout`, byte for byte. */
  readonly bytes: Buffer[] = [];

  constructor(args: readonly string[], given: Given = {}, main: string = MAIN) {
    const { stdin, stdout = 'pipe', env = {}, isTerminal = false } = given;
    const preload = isTerminal ? ['--import', 'data:text/javascript,process.stdout.isTTY=true'] : [];
    this.child = spawn(process.execPath, [...preload, main, ...args], {
      env: { ...ENVIRONMENT, ...env },
      stdio: ['pipe', stdout, 'pipe'],
    }) as ChildProcessWithoutNullStreams;
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
      this.bytes.push(chunk);
    });
    this.child.stderr.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.child.stdin.on('error', () => {}); // not everything is read
    if (stdin !== 'open') this.child.stdin.end(stdin ?? '');
    this.ended = once(this.child, 'close').then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  /** Waits until it has said something. */
  async says(stream: 'stdout' | 'stderr', words: string): Promise<void> {
    while (!this[stream].includes(words)) {
      if (this.child.exitCode !== null) throw new Error(`ended, and never said ${words}: ${this.stderr}`);
      await Promise.race([once(this.child[stream], 'data'), this.ended]);
    }
  }
}

/** Runs `mqtt311` to its end. */
export function mqtt311(args: readonly string[], given?: Given): Promise<Outcome> {
  return new Cli(args, given).ended;
}
