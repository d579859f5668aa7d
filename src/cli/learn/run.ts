// Runs the checks of one exercise. It is used in a worker: the reader's code may never come back.
import { type Check, Failure, NOT_WRITTEN, type Reason } from './check.ts';

export interface Exercise {
  readonly number: number;
  /** Of its files, without their endings: `1-encode-length`. */
  readonly name: string;
  readonly title: string;
  /** The functions that the reader's module must export. */
  readonly functions: readonly string[];
  readonly checks: readonly Check<never>[];
}

/** What a worker tells: that the reader's file comes next, that a check begins, how it ended, and the end of all. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begin'; readonly name: string }
  | ({ readonly kind: 'result' } & Result)
  | { readonly kind: 'end' };

export interface Result {
  readonly name: string;
  /** Why the check fails; undefined when it passes. */
  readonly reason: Reason | undefined;
}

/** Milliseconds that all checks of one exercise may take together. */
export const TIME_LIMIT = 5_000;

/** What the reader is told when time is over. */
export function tooLong(check: string | undefined, limit: number): Reason {
  const where = check === undefined ? 'while the file was loaded' : 'in this check';
  return { message: `no result ${where} within ${limit / 1000} s: is there a loop without an end?`, shown: [] };
}

export async function runChecks(
  { functions, checks }: Exercise,
  answer: Readonly<Record<string, unknown>>,
  tell: (report: Report) => void,
): Promise<void> {
  const missing = functions.find((name) => typeof answer[name] !== 'function');
  for (const { name, run } of checks) {
    tell({ kind: 'begin', name });
    tell({ kind: 'result', name, reason: missing === undefined ? await reasonOf(run, answer) : noFunction(missing) });
  }
  tell({ kind: 'end' });
}

const noFunction = (name: string): Reason => ({ message: `the file must export a function ${name}`, shown: [] });

async function reasonOf(run: Check<never>['run'], answer: unknown): Promise<Reason | undefined> {
  try {
    await run(answer as never);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return { message: error.message, shown: error.shown };
    return { message: sayError(error), shown: [] };
  }
}

/** What the reader's code has thrown, and in which line of which file. */
export function sayError(error: unknown, trace: string = (error as Error | undefined)?.stack ?? ''): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  if (error.message === NOT_WRITTEN) return NOT_WRITTEN;
  const place = /[\w-]+\.mjs:\d+/.exec(trace)?.[0];
  return `it threw ${error.name}: ${error.message}${place === undefined ? '' : ` (${place})`}`;
}
