// The script of a worker: the reader's modules, and the checks behind them.
//
// All of it is one script, because the policy of the page lets a worker begin with a Blob, and lets nobody load a second
// script from one. So each module becomes a function, and its `import` and `export` become names. Lines stay where they are.

import type { Exercise } from '../../src/cli/learn/run.ts';

const IMPORT = /^[ \t]*import\s*\{([^}]*)\}\s*from\s*(['"])\.\/([\w-]+)\.mjs\2/gm;
const EXPORT = /^[ \t]*export\s+(?=(?:async\s+)?(?:function|class|const|let)\b)/gm;
const EXPORTED = /^[ \t]*export\s+(?:async\s+)?(?:function\s*\*?|class|const|let)\s+([\w$]+)/gm;

type Modules = Readonly<Record<string, string>>;

export interface Program {
  readonly script: string;
  /** What a line of the script, counted from 1, is in the reader's modules: `1-encode-length.mjs:3`. */
  placeOf(line: number): string | undefined;
}

/** Throws where a module imports or exports in a way that cannot become a function. */
export function programOf(checks: string, { number, name: main }: Exercise, modules: Modules): Program {
  const first: [name: string, line: number][] = [];
  let script = `'use strict'; const reader = { number: ${number}, modules: {\n`;
  for (const [name, source] of neededFor(main, modules)) {
    script += `${JSON.stringify(name)}(load) {\n`;
    first.push([name, linesIn(script)]);
    script += `${functionOf(name, source)}\n},\n`;
  }
  script += '} };\n';
  const end = linesIn(script);
  return {
    script: script + checks,
    placeOf: (line) => {
      const [name, begin] = first.findLast(([, begin]) => begin <= line) ?? [];
      return begin === undefined || line >= end ? undefined : `${name}.mjs:${line - begin + 1}`;
    },
  };
}

/** The module, and all that it imports: a mistake of syntax in another one must not matter. */
function neededFor(main: string, modules: Modules): Map<string, string> {
  const needed = new Map<string, string>();
  const add = (name: string): void => {
    const source = modules[name];
    if (source === undefined || needed.has(name)) return;
    needed.set(name, source);
    for (const [, , , from] of source.matchAll(IMPORT)) add(from!);
  };
  add(main);
  return needed;
}

/** The number of the line that comes next. */
const linesIn = (text: string) => text.split('\n').length;

function functionOf(name: string, source: string): string {
  const names = Array.from(source.matchAll(EXPORTED), ([, exported]) => exported);
  const body = source
    .replace(
      IMPORT,
      (_, given: string, __, from: string) => `const {${given.replace(/\sas\s/g, ': ')}} = load('${from}')`,
    )
    .replace(EXPORT, '');
  const [left] = /^[ \t]*(?:import|export)(?:\s*["'{*]|\s+[\w$]).*/m.exec(body) ?? [];
  if (left !== undefined) {
    const line = linesIn(body.slice(0, body.indexOf(left)));
    throw new Error(
      `in ${name}.mjs:${line}, write import { … } from './1-encode-length.mjs' or export function …, and not: ${left}`,
    );
  }
  return `${body}\nreturn { ${names.join(', ')} };`;
}
