// The files of the exercises: ours, as the package ships them, and those of the reader.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Reason } from './learn/check.ts';
import { exercises } from './learn/exercises.ts';
import { type Exercise, type Report, type Result, tooLong } from './learn/run.ts';

/** They are not compiled, so the program reads them in `src`, also when it runs in `dist`. */
const FOLDER = new URL('../../src/cli/learn/', import.meta.url);
const ours = (path: string) => readFileSync(new URL(path, FOLDER), 'utf8');

const stubOf = ({ name }: Exercise) => ours(`stubs/${name}.mjs`);
export const solutionOf = ({ name }: Exercise): string => ours(`solutions/${name}.mjs`);

/** The text of an exercise, without its hint, and the hint. */
function partsOf({ name }: Exercise): [text: string, hint: string] {
  const [text = '', hint = ''] = ours(`texts/${name}.md`).split('\n## Hint\n');
  return [text, hint];
}
export const hintOf = (exercise: Exercise): string => partsOf(exercise)[1].trim();

export type State = 'missing' | 'stub' | 'written';

export function stateOf(exercise: Exercise, folder: string): State {
  const file = fileOf(exercise, folder);
  if (!existsSync(file)) return 'missing';
  return readFileSync(file, 'utf8') === stubOf(exercise) ? 'stub' : 'written';
}

export const fileOf = ({ name }: Exercise, folder: string): string => join(folder, `${name}.mjs`);

/** Writes the stubs and the texts, but over nothing. Returns the names of the files that were there. */
export function writeStubs(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  const files = exercises.flatMap((exercise) => [
    [`${exercise.name}.mjs`, stubOf(exercise)] as const,
    [`${exercise.name}.md`, partsOf(exercise)[0]] as const,
  ]);
  return [['README.md', readme()] as const, ...files].flatMap(([name, text]) => {
    try {
      writeFileSync(join(folder, name), text, { flag: 'wx' });
      return [];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return [name];
    }
  });
}

function readme(): string {
  return ours('README.md').replace(
    '<!-- exercises -->',
    exercises.map(({ name, title, number }) => `${number}. [${title}](${name}.md): \`${name}.mjs\``).join('\n'),
  );
}

/** Runs the checks of one exercise. The last result is that of the check that took too long, or ended the worker. */
export function check(exercise: Exercise, folder: string, limit: number): Promise<Result[]> {
  const url = pathToFileURL(fileOf(exercise, folder)).href;
  const worker = new Worker(new URL('./learn/worker.js', import.meta.url), {
    workerData: { number: exercise.number, url },
  });
  const results: Result[] = [];
  let running: string | undefined;
  return new Promise((resolve) => {
    const end = (reason?: Reason) => {
      clearTimeout(timer);
      if (reason !== undefined) results.push({ name: running ?? 'can be loaded', reason });
      resolve(results);
      void worker.terminate();
    };
    let timer: NodeJS.Timeout | undefined;
    worker.on('message', (report: Report) => {
      if (report.kind === 'ready') timer = setTimeout(() => end(tooLong(running, limit)), limit);
      else if (report.kind === 'end') end();
      else if (report.kind === 'begin') running = report.name;
      else results.push(report);
    });
    worker.on('error', (error) => end({ message: `outside of any call, it threw ${error}`, shown: [] }));
    worker.on('exit', () => end({ message: 'it ended the process', shown: [] }));
  });
}
