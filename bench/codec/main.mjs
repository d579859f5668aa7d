// npm run bench: everything, into results.md and two charts.
// npm run bench -- --quick [--only=<part of a title>]: the table alone, on the terminal.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import * as codec from '../../dist/codec/codec.js';
import { barChart, lineChart } from '../chart.mjs';
import { isCorrect, measure, warmUp } from '../measure.mjs';
import { kibibytes, spread, table } from '../table.mjs';
import { bareArray, bareCopy, mqttPacketContender, mqttPacketStream, ours, u8MqttPacket } from './contenders.mjs';
import { growth } from './growth.mjs';
import { workloads } from './workloads.mjs';

/** The codec on its plain text module. */
async function withPlainText() {
  const { outputFiles } = await build({
    entryPoints: ['dist/codec/codec.js'],
    alias: { '#text': resolve('dist/codec/text.js') },
    bundle: true,
    format: 'esm',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    alone: { type: 'string' },
  },
});
const effort = options.quick ? { rounds: 40, milliseconds: 0.5 } : { rounds: 201, milliseconds: 1 };

const us = ours(codec);
/** What everything but Node, Deno, Bun, workerd and React Native gets. */
const small = ours(await withPlainText(), 'small');
const peer = mqttPacketContender;
const limits = [bareCopy, bareArray];
const nameOf = ({ way, title }) => `${way} ${title}`;
const chosen = workloads.filter((workload) => nameOf(workload).includes(options.only));
const isMade = ({ packets }) => packets.every(({ type }) => type === 3); // a bare copy has a topic and a payload

function fits(contender, workload) {
  if (contender === bareCopy) return isMade(workload) && (workload.way !== 'decode' || workload.isGathered);
  if (contender === bareArray) return workload.way === 'encode' && !isMade(workload);
  if (contender === mqttPacketStream) return workload.way !== 'decode';
  // it copies all it has for every chunk: minutes
  if (contender === u8MqttPacket && workload.isGathered) return false;
  return isCorrect(contender, workload, us);
}

if (options.alone) {
  const contender = [us, peer].find(({ name }) => name === options.alone);
  for (const workload of workloads) warmUp(contender, workload);
  const medians = workloads.map((workload) => measure([contender], workload, effort)[0].median);
  console.log(JSON.stringify(medians));
  process.exit();
}

/** Medians of a process that runs this contender only. */
const alone = ({ name }) => {
  const flags = ['--expose-gc', import.meta.filename, `--alone=${name}`];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
};

const fresh = (name, ...flags) => {
  const file = `${import.meta.dirname}/cold.mjs`;
  return JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', ...flags, file, name], { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
};
const cold = (name) => {
  const runs = Array.from({ length: 21 }, () => fresh(name));
  const middle = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[runs.length >> 1];
  // without compiled code, which would be most of it
  const { heapHeld } = fresh(name, '--jitless');
  return { name, heapHeld, ...Object.fromEntries(Object.keys(runs[0]).map((key) => [key, middle(key)])) };
};

const nanoseconds = (value) => (value < 10_000 ? value.toFixed(0) : Number(value.toPrecision(3)).toLocaleString('en'));

// the engine has seen everything before anything is timed, as in a program that uses more than one kind of packet
for (const workload of chosen) for (const contender of [us, small, peer]) warmUp(contender, workload);

const rows = chosen.map((workload) => {
  const all = options.quick
    ? [us, small, peer, ...limits]
    : [us, small, peer, mqttPacketStream, u8MqttPacket, ...limits];
  const measured = measure(
    all.filter((contender) => fits(contender, workload)),
    workload,
    effort,
  );
  const of = ({ name }) => measured.find((result) => result.name === name);
  const row = { ...workload, name: nameOf(workload), us: of(us), peer: of(peer), measured };
  row.ratio = row.peer.median / row.us.median;
  row.smallRatio = row.peer.median / of(small).median;
  row.limit = measured.find(({ isLimit }) => isLimit);
  const verdict = row.ratio >= row.aim ? 'aim' : row.ratio >= row.required ? 'met' : 'SHORT';
  console.log(
    `${row.name.padEnd(60)} ${row.ratio.toFixed(1).padStart(6)} × (${row.required}, aim ${row.aim}) ${verdict.padEnd(6)}`,
    measured.map((result) => `${result.name} ${nanoseconds(result.median)} ns ${spread(result)}`).join(', '),
  );
  return row;
});
const beatenBy = rows.flatMap(({ name, us: own, measured }) =>
  measured
    .filter((result) => result.median < own.median)
    .map((result) => `- ${name}: ${result.name}, ${(own.median / result.median).toFixed(1)} times as fast`),
);
if (options.quick || options.only) {
  console.log(`\nfaster than this:\n${beatenBy.join('\n')}`);
  process.exit();
}

const [ourMedians, peerMedians] = [alone(us), alone(peer)];
rows.forEach((row, i) => {
  row.aloneRatio = peerMedians[i] / ourMedians[i];
});
const starts = ['mqtt311', 'mqtt-packet', 'u8-mqtt-packet'].map(cold);
const { byPayload, byPackets } = growth(us, peer);

const cell = (result) => (result ? `${nanoseconds(result.median)} ${spread(result)}` : '–');

const report = `# Results

${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus()[0].model}, ${cpus().length} cores; \`npm run bench\`.
Nanoseconds per packet: medians of ${effort.rounds} interleaved rounds, half the distance between the quartiles behind. The ratio is
mqtt-packet's median to ours; *alone*: each in a process of its own; *the small codec*: the ratio of the other speed. Every check of the standard is on in ours.

![ratios](ratios.svg)

${table(
  [
    '',
    'ratio',
    'required (aim)',
    'alone',
    'the small codec',
    'mqtt311',
    peer.name,
    'its null stream',
    u8MqttPacket.name,
    'bare copy or array',
    'bytes allocated, ours / its',
  ],
  rows.map((row) => {
    const [stream, u8] = [mqttPacketStream, u8MqttPacket].map(({ name }) =>
      cell(row.measured.find((result) => result.name === name)),
    );
    const isMet = row.ratio >= row.required;
    const ratio = `${isMet ? '' : '**short** '}${row.ratio.toFixed(1)}`;
    return [
      row.name,
      ratio,
      `${row.required} (${row.aim})`,
      row.aloneRatio.toFixed(1),
      row.smallRatio.toFixed(1),
      cell(row.us),
      cell(row.peer),
      stream,
      u8,
      cell(row.limit),
      `${row.us.allocated} / ${row.peer.allocated}`,
    ];
  }),
)}

*–*: it cannot do this, or does it wrong. u8-mqtt-packet reads no CONNECT with a user name, and copies all it has for
every chunk; it checks nothing. The null stream takes mqtt-packet's pieces and forgets them: no packet is made.

## What is faster than this

${beatenBy.join('\n')}

## A process that begins

${table(
  ['', 'import', 'first encode', 'first decode', 'heap after the first encode', 'held by caches, after 50,000 topics'],
  starts.map(({ name, imported, encoded, decoded, heapAfterFirst, heapHeld }) => [
    name,
    ...[imported, encoded, decoded].map((milliseconds) => `${milliseconds.toFixed(2)} ms`),
    ...[heapAfterFirst, heapHeld].map(kibibytes),
  ]),
)}

## Growth

![growth](growth.svg)
`;

writeFileSync(`${import.meta.dirname}/results.md`, report);
writeFileSync(`${import.meta.dirname}/ratios.svg`, barChart(rows));
writeFileSync(`${import.meta.dirname}/growth.svg`, lineChart(byPayload, byPackets));
