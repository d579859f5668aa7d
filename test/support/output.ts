// What the programs of the migration pages print.
import { format } from 'node:util';
import { expect, vi } from 'vitest';

/** The lines that a program prints, up to the one that says that it is not online any more. */
export async function outputOf(program: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void lines.push(format(...values)));
  await program();
  await vi.waitFor(() => expect(lines.some((line) => line.startsWith('not online'))).toBe(true), 10_000);
  await new Promise((resolve) => setTimeout(resolve, 20)); // for what must not follow
  log.mockRestore();
  return lines;
}
