// npm run bench -- memory: finds the least heap in which a device's day of device.ts runs, by bisection, and writes it
// into docs/memory.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { minifyES5, script, toES5 } from './bundle.ts';
import { debianVersion, npmVersion } from './packages.ts';
import { run } from './process.ts';

const MESSAGES = 1_000;
const KIB = 1_024;

/** KiB of Duktape's heap on a processor of 32 bits, the engine's own built-ins among them. */
const BUDGET = 200;

/** The least number of KiB, up to `most`, with which `runs` is true. */
async function least(runs: (bytes: number) => Promise<boolean>, most = 4_096): Promise<number> {
  let [low, high] = [0, most];
  if (!(await runs(high * KIB))) throw new Error(`it does not run in ${most} KiB`);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await runs(middle * KIB)) high = middle;
    else low = middle;
  }
  return high;
}

/** Whether the program ends well, and prints this. */
async function prints(text: string, [program, ...arguments_]: readonly string[]): Promise<boolean> {
  return (await run(program!, arguments_).catch(() => '')).includes(text);
}

const folder = await mkdtemp(join(tmpdir(), 'mqtt311-memory-'));
const write = (name: string, code: string) => {
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
};
const writeModern = async (name: string, code: string) =>
  write(name, (await transform(code, { minify: true, target: 'es2018' })).code);
const device = await script('device');
const parts = await script('parts');
const small = readFileSync('test/runtimes/small.js', 'utf8');
const nothing = write('nothing.js', '');
const es5 = write('es5.js', await minifyES5(`${small}\n${toES5(device)}`));
const modern = await writeModern('modern.js', device);
const es5Parts = write('es5-parts.js', await minifyES5(toES5(parts)));
const modernParts = await writeModern('modern-parts.js', parts);

/** The scripts in ES5 and ES2018, what is then evaluated, and what it has to say. */
const rows: Record<string, readonly [old: string, modern: string, expression: string, says: string]> = {
  'nothing: the engine': [nothing, nothing, '"idle"', 'idle'],
  'codec, signer and session, loaded': [es5, modern, '"idle"', 'idle'],
  [`and a CONNECT, ${MESSAGES} publishes, ${MESSAGES} receptions`]: [
    es5,
    modern,
    `device.run(${MESSAGES}, this.sample)`, // which QuickJS has
    `${MESSAGES} acknowledged, ${MESSAGES} delivered`,
  ],
  'examples/device, loaded': [es5Parts, modernParts, '"idle"', 'idle'],
  [`and its day: ${MESSAGES} publishes, ${MESSAGES} receptions, three connections`]: [
    es5Parts,
    modernParts,
    `parts.run(${MESSAGES}, this.sample)`,
    `3 connections, ${MESSAGES} acknowledged, ${MESSAGES} delivered`,
  ],
};

const compile = (name: string, ...flags: string[]) =>
  run('gcc', [
    '-Os',
    ...flags,
    '-I/usr/share/duktape',
    'test/runtimes/duktape.c',
    '/usr/share/duktape/duktape.c',
    '-lm',
    '-o',
    join(folder, name),
  ]);
await compile('duktape-32', '-m32');
await compile('duktape-64');

/** There are kernels that run no program of 32 bits: QEMU does. */
const usage = await run(join(folder, 'duktape-32'), []).catch(({ stderr }: { stderr: string }) => stderr);
const emulator = usage.startsWith('duktape-heap') ? [] : ['qemu-i386'];

const lines: string[] = [];
let most = 0;
for (const [title, [old, recent, expression, says]] of Object.entries(rows)) {
  const duktape = (width: number) => {
    const command = [...(width === 32 ? emulator : []), join(folder, `duktape-${width}`)];
    return least((bytes) => prints(says, [...command, String(bytes), old, expression]));
  };
  const quickjs = async (engine: string) =>
    Math.ceil(
      Number(await run(process.execPath, ['test/runtimes/quickjs-heap.mjs', engine, recent, expression])) / KIB,
    );
  const day = await duktape(32);
  most = Math.max(most, day);
  const cells = [title, day, await duktape(64), await quickjs('quickjs'), await quickjs('quickjs-ng')];
  lines.push(`| ${cells.join(' | ')} |`);
}
await rm(folder, { recursive: true });

const duktapeVersion = await debianVersion('duktape-dev');
const quickjsVersion = await npmVersion('quickjs-emscripten');
const table = [
  `| KiB of heap for | Duktape ${duktapeVersion}, 32 bits | the same, 64 bits | QuickJS, 32 bits | quickjs-ng, 32 bits |`,
  '| --- | ---: | ---: | ---: | ---: |',
  ...lines,
  '',
  `Budget: ${BUDGET} KiB of Duktape's heap on 32 bits: ${most <= BUDGET ? 'met' : '**not met**'}. Measured on ${new Date().toISOString().slice(0, 10)}, with quickjs-emscripten ${quickjsVersion}.`,
].join('\n');
console.log(table);
const document = readFileSync('docs/memory.md', 'utf8');
writeFileSync(
  'docs/memory.md',
  document.replace(/(<!-- memory[^>]*-->\n)[\s\S]*?(<!-- \/memory -->)/, (_, start, end) => `${start}${table}\n${end}`),
);
if (most > BUDGET) console.error(`WRONG: ${most} KiB is more than ${BUDGET} KiB`);
process.exitCode = most > BUDGET ? 1 : 0;
