// npm run runtimes [-- --all] [NAME …]: the same run in every runtime, and a table of it.
//
//   --all   a runtime that is not there is a failure
//   NAME    only runtimes whose name begins with this; nothing is written then
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freshTables, TABLED } from '../../tools/tables.ts';
import { startTestBroker } from './broker.ts';
import { BROWSERS } from './browsers.ts';
import { ENGINES } from './engines.ts';
import { HOSTS } from './hosts.ts';
import type { Bench, Runtime } from './runtime.ts';
import { isRight, RESULTS, type Record, type Result, resultsTable } from './table.ts';

const LANES = 2;

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
const all = [...HOSTS, ...BROWSERS, ...ENGINES];
const isWanted = ({ name }: Runtime) => positionals.some((start) => name.toLowerCase().startsWith(start.toLowerCase()));
const wanted = positionals.length === 0 ? all : all.filter(isWanted);

const npm = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
  cwd: 'test/runtimes',
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (npm.status !== 0) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-runtimes-'));
const broker = await startTestBroker();
const ca = join(folder, 'ca.pem');
writeFileSync(ca, broker.certificates.ca);
const bench: Bench = { folder, broker, ca };

async function resultOf({ name, source, remark, version, run }: Runtime): Promise<Result> {
  const known = { name, source, ...(remark && { remark }) };
  const found = await version().catch((error: Error) => error);
  if (found instanceof Error) return { ...known, absent: found.message.split('\n')[0]! };
  try {
    return { ...known, version: found, ...(await run(bench)) };
  } catch (error) {
    return { ...known, version: found, failed: String(error).slice(0, 2_000) };
  }
}

const results = new Map<Runtime, Result>();
const queue = [...wanted];
async function lane(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const start = Date.now();
    const result = await resultOf(next);
    results.set(next, result);
    console.log(
      `${((Date.now() - start) / 1000).toFixed(1)} s ${next.name}${result.failed ? `: ${result.failed}` : ''}`,
    );
  }
}
await Promise.all(Array.from({ length: LANES }, lane));
await broker.close();
rmSync(folder, { recursive: true, force: true });

const inOrder = wanted.map((runtime) => results.get(runtime)!);
console.log(`\n${resultsTable(inOrder)}`);
const reports = new Set(inOrder.flatMap(({ report }) => (report === undefined ? [] : report.core.hash)));
const wrong = inOrder.filter((result) => !isRight(result, inOrder) && (values.all || result.absent === undefined));
for (const { name, absent, failed, report, wire } of wrong)
  console.log(`WRONG: ${name}: ${absent ?? failed ?? JSON.stringify({ report, wire })}`);
console.log(
  `${inOrder.length - wrong.length} of ${inOrder.length} are right, ${reports.size} different hash(es) of the core`,
);
if (positionals.length === 0) {
  const record: Record = { date: new Date().toISOString().slice(0, 10), results: inOrder };
  writeFileSync(RESULTS, `${JSON.stringify(record, undefined, 1)}\n`);
  for (const path of TABLED) writeFileSync(path, await freshTables(path)); // docs/runtimes.md, and how many there are
}
process.exitCode = wrong.length === 0 ? 0 : 1;
