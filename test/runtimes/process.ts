// Other programs: run to their end, or kept until they are not needed any more.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const MINUTES = 60_000;

/** What a program prints. Rejects when it fails, or takes more than four minutes. */
export async function run(
  program: string,
  arguments_: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  const options = { env, timeout: 4 * MINUTES, maxBuffer: 64 * 1024 * 1024 };
  const { stdout, stderr } = await promisify(execFile)(program, arguments_, options);
  return stdout + stderr;
}

/** A program that runs until it is stopped. */
export class Background {
  private readonly child: ChildProcess;

  constructor(program: string, arguments_: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.child = spawn(program, arguments_, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    this.child.on('error', () => {}); // whoever talks to it will notice
  }

  /** The first line that it writes to its file descriptor 3. */
  async firstLine(): Promise<string> {
    const [chunk] = await once(this.child.stdio[3]!, 'data');
    return String(chunk).trim();
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || !this.child.kill()) return;
    await once(this.child, 'exit');
  }
}
