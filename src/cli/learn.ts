import { basename } from 'node:path';
import { visible } from '../explain/visible.ts';
import { type Command, command, numberOf, UsageError } from './command.ts';
import { linesOf } from './drawing.ts';
import { explainShown, type Reason } from './learn/check.ts';
import { exercises } from './learn/exercises.ts';
import { type Exercise, type Result, TIME_LIMIT } from './learn/run.ts';
import { check, fileOf, hintOf, solutionOf, stateOf, writeStubs } from './learn-files.ts';
import { paint, print, printLine, tell } from './terminal.ts';

const FOLDER = 'my-mqtt';

export const learn: Command = command({
  name: 'learn',
  summary: 'build your own MQTT, in twelve exercises',
  usage: '[start [DIR] | check [N] | hint N | solution N]',
  says: `Twelve exercises in JavaScript, from the Remaining Length to a client that comes back. Alone, it lists them, with
those that are done. start writes a file for each into DIR (default ${FOLDER}), and overwrites nothing. check runs the checks of
exercise N, or of the first one that is not done, on the file in this folder; what is wrong is shown as explained bytes.
hint and solution print what they say. Exit code 1 says that a check fails.`,
  options: {
    dir: { type: 'string', value: 'DIR', default: '.', says: 'where the files are' },
    limit: {
      type: 'string',
      value: 'SECONDS',
      default: `${TIME_LIMIT / 1000}`,
      says: 'for all checks of an exercise',
    },
  },
  examples: ['mqtt311 learn', `mqtt311 learn start ${FOLDER}`, 'mqtt311 learn hint 1'],
  async run({ dir, limit }, [action, argument, ...others]) {
    const milliseconds = numberOf('limit', limit, 0.1, 3_600)! * 1000;
    const act = ACTIONS.get(action ?? 'list');
    if (act === undefined || others.length > 0)
      throw new UsageError('learn what? start [DIR], check [N], hint N or solution N');
    return act(argument, dir, milliseconds);
  },
});

type Action = (argument: string | undefined, folder: string, limit: number) => Promise<number> | number;

const ACTIONS = new Map<string, Action>(
  Object.entries({
    list,
    start,
    check: (argument: string | undefined, folder: string, limit: number) =>
      argument === undefined ? checkNext(folder, limit) : checkOne(exerciseOf(argument), folder, limit),
    hint: (argument: string | undefined) => {
      printLine(hintOf(exerciseOf(argument)));
      return 0;
    },
    solution: (argument: string | undefined) => {
      print(solutionOf(exerciseOf(argument)));
      return 0;
    },
  }),
);

function exerciseOf(argument: string | undefined): Exercise {
  const exercise = exercises.find(({ number, name }) => argument === `${number}` || argument === name);
  if (exercise === undefined)
    throw new UsageError(
      `which exercise? 1 to ${exercises.length}${argument === undefined ? '' : `, not ${argument}`}`,
    );
  return exercise;
}

async function list(argument: string | undefined, folder: string, limit: number): Promise<number> {
  if (argument !== undefined) throw new UsageError('list takes nothing behind it');
  for (const exercise of exercises) {
    const state = await wordFor(exercise, folder, limit);
    printLine(`${String(exercise.number).padStart(2)}  ${state}  ${exercise.title}`);
  }
  if (exercises.every((exercise) => stateOf(exercise, folder) === 'missing'))
    tell(`begin with mqtt311 learn start ${FOLDER}, and call mqtt311 learn in that folder`);
  return 0;
}

async function wordFor(exercise: Exercise, folder: string, limit: number): Promise<string> {
  if (stateOf(exercise, folder) !== 'written') return '         ';
  const results = await check(exercise, folder, limit);
  return isDone(results) ? paint('green', 'done     ') : 'begun    ';
}

const isDone = (results: readonly Result[]) => results.every(({ reason }) => reason === undefined);

function start(argument: string | undefined, dir: string): number {
  const folder = argument ?? (dir === '.' ? FOLDER : dir);
  const kept = writeStubs(folder);
  if (kept.length > 0) tell(`kept as they are: ${kept.join(', ')}`);
  printLine(`The exercises are in ${visible(folder)}: begin with README.md, or with 1-encode-length.md.`);
  return 0;
}

/** Checks what was written, from the first exercise on, up to one that is not done. */
async function checkNext(folder: string, limit: number): Promise<number> {
  for (const exercise of exercises) {
    if (stateOf(exercise, folder) !== 'written') return checkOne(exercise, folder, limit);
    const results = await check(exercise, folder, limit);
    if (!isDone(results)) return report(exercise, folder, results);
    printLine(`${paint('green', 'done')}  ${exercise.number}. ${exercise.title}`);
  }
  printLine('All twelve are done: you have built an MQTT client.');
  return 0;
}

async function checkOne(exercise: Exercise, folder: string, limit: number): Promise<number> {
  if (stateOf(exercise, folder) === 'missing') {
    tell(`there is no ${fileOf(exercise, folder)}: write the exercises with mqtt311 learn start, or name their --dir`);
    return 1;
  }
  return report(exercise, folder, await check(exercise, folder, limit));
}

/** A line for each check, and the first failure in full. */
function report(exercise: Exercise, folder: string, results: readonly Result[]): number {
  printLine(`${exercise.number}. ${exercise.title}: ${basename(fileOf(exercise, folder))}`);
  for (const { name, reason } of results)
    printLine(`  ${reason === undefined ? paint('green', 'ok   ') : paint('red', 'fails')}  ${visible(name)}`);
  const failed = results.find(({ reason }) => reason !== undefined);
  if (failed === undefined) return 0;
  printLine('');
  printReason(failed.name, failed.reason!);
  tell(`not done yet; ${exercise.name}.md explains it, and mqtt311 learn hint ${exercise.number} helps`);
  return 1;
}

function printReason(name: string, { message, shown }: Reason): void {
  printLine(`${visible(name)}: ${paint('red', visible(message))}`);
  for (const { title, kind, bytes, at } of shown) {
    printLine(`${title}, ${bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`}`);
    const drawing = { stream: process.stdout, offsetWidth: String(bytes.length).length };
    for (const annotation of explainShown({ kind, bytes })) {
      const isMarked = at !== undefined && at >= annotation.start && at < annotation.end;
      for (const [i, line] of linesOf(bytes, [annotation], drawing).entries())
        printLine(`${isMarked && i === 0 ? paint('red', '>') : ' '} ${line}`);
    }
  }
}
