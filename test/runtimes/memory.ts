// npm run memory: the least heap in which a device's day of device.ts runs, found by bisection. docs/memory.md says it.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { script, toES5 } from './bundle.ts';
import { debianVersion, npmVersion } from './packages.ts';
import { run } from './process.ts';

const MESSAGES = 1_000;
const KIB = 1_024;

/** KiB of Duktape's heap on a processor of 32 bits, the engine's own built-ins among them: what it is meant to fit in … */
const BUDGET = 256;
/** … and what it may need until it does: this goes down, never up. */
const CEILING = 290;

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

/** Whether the program ends well, and says that all was sent and received. */
async function ends(program: string, arguments_: readonly string[]): Promise<boolean> {
  const output = await run(program, arguments_).catch(() => '');
  return output === '' ? false : !output.includes('acknowledged') || output.includes(`${MESSAGES} delivered`);
}

const folder = await mkdtemp(join(tmpdir(), 'mqtt311-memory-'));
const device = await script('device');
const es5 = `${readFileSync('test/runtimes/small.js', 'utf8')}\n${toES5(device)}`;
const write = async (name: string, code: string, target: string) => {
  const file = join(folder, name);
  writeFileSync(file, (await transform(code, { minify: true, target })).code);
  return file;
};
const scripts = {
  'nothing: the engine': ['empty.js', '"empty"', '"empty"'],
  'codec, signer and session, loaded': ['loaded.js', `${es5}\n"loaded"`, `${device}\n"loaded"`],
  [`and a CONNECT, ${MESSAGES} publishes, ${MESSAGES} receptions`]: [
    'day.js',
    `${es5}\ndevice.run(${MESSAGES})`,
    `${device}\ndevice.run(${MESSAGES}, sample)`,
  ],
} as const;

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

const rows: string[] = [];
let day = 0;
for (const [title, [name, old, modern]] of Object.entries(scripts)) {
  const es5File = await write(name, old, 'es5');
  const modernFile = await write(`modern-${name}`, modern, 'es2018');
  const duktape = (width: number) => least((bytes) => ends(join(folder, `duktape-${width}`), [String(bytes), es5File]));
  const quickjs = Math.ceil(Number(await run(process.execPath, ['test/runtimes/quickjs-heap.mjs', modernFile])) / KIB);
  day = await duktape(32);
  rows.push(`| ${title} | ${day} | ${await duktape(64)} | ${quickjs} |`);
}
await rm(folder, { recursive: true });

const [duktapeVersion, quickjsVersion] = [await debianVersion('duktape-dev'), await npmVersion('quickjs-emscripten')];
const table = [
  `| KiB of heap for | Duktape ${duktapeVersion}, 32 bits | the same, 64 bits | QuickJS of quickjs-emscripten ${quickjsVersion}, 32 bits |`,
  '| --- | ---: | ---: | ---: |',
  ...rows,
  '',
  `Budget: ${BUDGET} KiB of Duktape's heap on 32 bits: ${day <= BUDGET ? 'met' : '**not met**'}. Measured on ${new Date().toISOString().slice(0, 10)}.`,
].join('\n');
console.log(table);
const document = readFileSync('docs/memory.md', 'utf8');
writeFileSync(
  'docs/memory.md',
  document.replace(/(<!-- memory[^>]*-->\n)[\s\S]*?(<!-- \/memory -->)/, (_, start, end) => `${start}${table}\n${end}`),
);
const limit = day <= BUDGET ? BUDGET : CEILING;
if (day > limit) console.error(`WRONG: ${day} KiB is more than ${limit} KiB`);
process.exitCode = day > limit ? 1 : 0;
