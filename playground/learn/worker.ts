// Runs the checks in a worker. The reader's modules stand before it, in the same script: program.ts writes them.
import { exercises } from '../../src/cli/learn/exercises.ts';
import { type Report, runChecks, sayError } from '../../src/cli/learn/run.ts';

type Module = Readonly<Record<string, unknown>>;
declare const reader: { number: number; modules: Readonly<Record<string, (load: (name: string) => Module) => Module>> };

const tell = (report: Report) => (postMessage as (report: Report) => void)(report);
const exercise = exercises[reader.number - 1]!;
const loaded = new Map<string, Module>();

function load(name: string): Module {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const make = reader.modules[name];
  if (make === undefined) throw new Error(`there is no ./${name}.mjs`);
  const module = make(load);
  loaded.set(name, module);
  return module;
}

async function run(): Promise<void> {
  tell({ kind: 'ready' });
  try {
    await runChecks(exercise, load(exercise.name), tell);
  } catch (error) {
    tell({ kind: 'result', name: 'can be loaded', reason: { message: sayError(error), shown: [] } });
    tell({ kind: 'end' });
  }
}

void run();
