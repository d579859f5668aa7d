// npm run bench -- wire: every section, into results.json, results.md and charts.
// npm run bench -- wire [--quick] [--only=<section>]: less of each, or one; --quick writes nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { quartiles } from '../measure.mjs';
import { byClients, byFilters, byPayload } from './growth.mjs';
import { crowd, parts, storm } from './many.mjs';
import { startServer, stopAll } from './processes.mjs';
import { report } from './report.mjs';
import { latency, NAMES, reality, throughput } from './throughput.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    row: { type: 'string', default: '' },
  },
});
const { quick } = options;
const file = `${import.meta.dirname}/results.json`;

/** Medians of fresh processes. */
async function cold({ log }) {
  const server = await startServer();
  const flags = ['--expose-gc', `${import.meta.dirname}/cold.mjs`];
  const runs = Object.fromEntries(NAMES.map((name) => [name, []]));
  for (let round = 0; round < (quick ? 3 : 11); round++)
    for (const name of NAMES)
      runs[name].push(JSON.parse(execFileSync(process.execPath, [...flags, name, server.url], { encoding: 'utf8' })));
  await server.stop();
  return NAMES.map((name) => {
    const middle = (key) => quartiles(runs[name].map((run) => run[key]))[1];
    const result = { name, import: middle('import'), connack: middle('connack'), heap: middle('heap') };
    log(`cold start of ${name}`, result);
    return result;
  });
}

const effort = quick ? { rounds: 3, milliseconds: 80, lone: 300 } : { rounds: 15, milliseconds: 150, lone: 2_000 };
const growthEffort = quick ? { rounds: 3, milliseconds: 40 } : { rounds: 7, milliseconds: 100 };
const log = (title, values) => {
  const shown = Object.entries(values).map(([name, value]) => `${name} ${value?.median ? rate(value) : round(value)}`);
  console.log(`${title}: ${shown.join(', ')}`);
};
const rate = ({ median }) => `${Math.round(1e9 / median).toLocaleString('en')}/s`;
const round = (value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);

const sections = {
  throughput: () => throughput({ only: options.row, effort, log }),
  latency: () => latency({ effort, log }),
  cold: () => cold({ log }),
  crowd: () => crowd({ ...(quick ? { count: 500, seconds: 300 } : { count: 10_000, seconds: 600 }), log }),
  parts: () => parts(quick ? 20_000 : 100_000),
  storm: () => storm({ count: quick ? 500 : 10_000, log }),
  byPayload: () => byPayload({ effort: growthEffort, log }),
  byClients: () => byClients({ effort: growthEffort, most: quick ? 100 : 1_000, log }),
  byFilters: () => byFilters({ effort: growthEffort, most: quick ? 10_000 : 100_000, log }),
  mosquitto: () => reality({ only: '', effort: growthEffort, log }),
};

const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const machine = `Node ${process.version}, ${cpus()[0].model}, ${cpus().length} cores`;
try {
  for (const [name, measureSection] of Object.entries(sections)) {
    if (!name.includes(options.only)) continue;
    console.log(`--- ${name}`);
    const start = performance.now();
    const result = await measureSection();
    console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
    results[name] = { date: new Date().toISOString().slice(0, 10), machine, result };
  }
} finally {
  await stopAll();
}
if (!quick && options.row === '') {
  writeFileSync(file, `${JSON.stringify(results)}\n`);
  report(results);
}
