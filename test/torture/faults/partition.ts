// A network that is down: run in a namespace of its own, with mosquitto in another, and one cable between them.
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How to run something with a network of its own; undefined: it is not allowed here. */
export function unshareNetwork(): readonly string[] | undefined {
  const ways = [
    ['unshare', '-n', '--'],
    ['unshare', '-r', '-n', '--'],
  ] as const;
  return ways.find(([unshare, ...args]) => {
    try {
      execFileSync(unshare, [...args, 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs partitioned.ts, and returns what it said. */
export function partitioned(
  [unshare, ...args]: readonly string[],
  count: number,
  seed: number,
): Promise<{ code: number; output: string }> {
  const program = fileURLToPath(new URL('partitioned.ts', import.meta.url));
  const command = [...args, process.execPath, '--import', 'tsx', program, `${count}`, `${seed}`];
  return new Promise((resolve) => {
    execFile(unshare!, command, { timeout: 280_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}
