// npm run bench -- interpreted: instructions of the processor per packet in engines that have no JIT, into
// docs/performance.md. Debian's valgrind counts them, and finds the same in every run. It needs Debian's duktape too, and
// `npm ci --prefix test/runtimes` for Babel and Hermes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { script, toES5 } from '../../test/runtimes/bundle.ts';
import { debianVersion, npmFile, npmVersion } from '../../test/runtimes/packages.ts';
import { run } from '../../test/runtimes/process.ts';
import { operations } from './operations.ts';

const HERMES = npmFile('hermes-engine-cli', 'linux64-bin');
const [FEW, MANY] = [200, 1_200]; // the difference is what a thousand take, with all caches warm

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-interpreted-'));
const file = join(folder, 'run.js');

const speeds = { small: false, fast: true };
const engines = {
  [`Duktape ${await debianVersion('duktape')}`]: async () => ['duk', file],
  [`Hermes ${await npmVersion('hermes-engine-cli')}`]: async () => {
    await run(join(HERMES, 'hermesc'), ['-O', '-emit-binary', '-out', `${file}.hbc`, file]);
    return [join(HERMES, 'hermes'), '-b', `${file}.hbc`];
  },
};

async function instructions(code: string, commandOf: () => Promise<string[]>, title: string, count: number) {
  writeFileSync(file, `${code}\noperations.run(${JSON.stringify(title)}, ${count});`);
  const command = ['--tool=callgrind', '--callgrind-out-file=/dev/null', ...(await commandOf())];
  const [, collected] = /Collected : (\d+)/.exec(await run('valgrind', command)) ?? [];
  return Number(collected);
}

async function perPacket(code: string, commandOf: () => Promise<string[]>, title: string): Promise<number> {
  const few = await instructions(code, commandOf, title, FEW);
  return ((await instructions(code, commandOf, title, MANY)) - few) / (MANY - FEW);
}

const columns: { name: string; code: string; commandOf: () => Promise<string[]> }[] = [];
for (const [speed, isFast] of Object.entries(speeds)) {
  const code = toES5(await script('operations', 'bench/interpreted', isFast));
  for (const [name, commandOf] of Object.entries(engines)) columns.push({ name: `${name}, ${speed}`, code, commandOf });
}

const rows = [
  `| instructions per packet | ${columns.map(({ name }) => name).join(' | ')} |`,
  `| --- |${' ---: |'.repeat(columns.length)}`,
];
for (const title of Object.keys(operations)) {
  const counts = [];
  for (const { code, commandOf } of columns) counts.push(await perPacket(code, commandOf, title));
  rows.push(`| ${title} | ${counts.map((count) => Math.round(count).toLocaleString('en')).join(' | ')} |`);
  console.log(rows.at(-1));
}
rmSync(folder, { recursive: true });

const table = `${rows.join('\n')}\n\nCounted on ${new Date().toISOString().slice(0, 10)}.`;
const document = readFileSync('docs/performance.md', 'utf8');
writeFileSync(
  'docs/performance.md',
  document.replace(
    /(<!-- interpreted[^>]*-->\n)[\s\S]*?(<!-- \/interpreted -->)/,
    (_, start, end) => `${start}${table}\n${end}`,
  ),
);
