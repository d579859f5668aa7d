// Runs the reader's code in a worker, for a limited time.
import { checks } from 'virtual:learn';
import type { Result } from '../../src/cli/learn/run.ts';
import { type Exercise, type Report, TIME_LIMIT, tooLong } from '../../src/cli/learn/run.ts';
import { type Program, programOf } from './program.ts';

interface Policy {
  createScriptURL(url: string): string;
}
declare const trustedTypes:
  | { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy }
  | undefined;

/** The policy of the page lets this one alone name scripts. It names Blobs that are made here. */
const policy: Policy =
  typeof trustedTypes === 'undefined'
    ? { createScriptURL: (url) => url }
    : trustedTypes.createPolicy('learn', { createScriptURL: (url) => url });

/** Runs the checks of an exercise on the reader's modules. The last result says what ended them too early. */
export function check(exercise: Exercise, modules: Readonly<Record<string, string>>): Promise<Result[]> {
  const results: Result[] = [];
  let program: Program;
  try {
    program = programOf(checks, exercise, modules);
  } catch (error) {
    return Promise.resolve([{ name: 'can be loaded', reason: { message: (error as Error).message, shown: [] } }]);
  }
  const url = URL.createObjectURL(new Blob([program.script], { type: 'text/javascript' }));
  const worker = new Worker(policy.createScriptURL(url));
  let running: string | undefined;
  return new Promise((resolve) => {
    const end = (reason?: Result['reason']) => {
      clearTimeout(timer);
      if (reason !== undefined) results.push({ name: running ?? 'can be loaded', reason });
      worker.terminate();
      URL.revokeObjectURL(url);
      resolve(results);
    };
    const timer = setTimeout(() => end(tooLong(running, TIME_LIMIT)), TIME_LIMIT);
    worker.onmessage = ({ data }: MessageEvent<Report>) => {
      if (data.kind === 'end') end();
      else if (data.kind === 'begin') running = data.name;
      else if (data.kind === 'result') results.push(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      end({ message: messageOf(event, program), shown: [] });
    };
  });
}

/** Firefox tells nothing about a script with a mistake of syntax. */
function messageOf({ message, lineno }: ErrorEvent, { placeOf }: Program): string {
  if (message === undefined)
    return 'there is a mistake of syntax in it, or in what it imports; this browser does not say where';
  const place = placeOf(lineno);
  return place === undefined ? message : `${message} (${place})`;
}
