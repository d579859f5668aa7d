// What was measured, as tables and charts.
import { readFileSync, writeFileSync } from 'node:fs';
import { groupedBars, histograms, logPlots } from '../chart.mjs';
import { kibibytes, spread, table } from '../table.mjs';

const version = (name) =>
  JSON.parse(readFileSync(`${import.meta.dirname}/../../node_modules/${name}/package.json`)).version;
const VERSIONS = { mqtt311: '', 'MQTT.js': version('mqtt'), Paho: version('paho-mqtt'), 'plain ws': version('ws') };
const NAMES = Object.keys(VERSIONS);
const heads = (names) => names.map((name) => `${name} ${VERSIONS[name]}`.trim());

const perSecond = ({ median }) => 1e9 / median;
const shown = (value) => Number(value.toPrecision(3)).toLocaleString('en');
const times = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ×`;
const verdict = (isMet, content) => (isMet ? content : `**short** ${content}`);

/** How many times as fast as each peer, next to the target. */
function throughputTable(rows) {
  const ratio = ({ measured, required = {} }, name) => {
    if (measured[name] === undefined) return '–';
    const value = measured[name].median / measured.mqtt311.median;
    const asked = required[name];
    return asked === undefined ? times(value) : verdict(value >= asked, `${times(value)} (${asked})`);
  };
  const cell = (result) => (result ? `${shown(perSecond(result))} ${spread(result)}` : '–');
  return table(
    ['messages a second', ...heads(NAMES), '× MQTT.js (asked)', '× Paho (asked)', '× plain ws (asked)'],
    rows.map((row) => [
      row.title,
      ...NAMES.map((name) => cell(row.measured[name])),
      ...NAMES.slice(1).map((name) => ratio(row, name)),
    ]),
  );
}

const of = (results, name) => results.find((result) => result.name === name);

function latencyTable(results) {
  const ours = of(results, 'mqtt311');
  const theirs = of(results, 'MQTT.js');
  return table(
    ['milliseconds', 'p50', 'p99'],
    results.map(({ name, p50, p99 }) => [
      name,
      verdict(name !== 'mqtt311' || ours.p50 <= theirs.p50, p50.toFixed(3)),
      verdict(name !== 'mqtt311' || ours.p99 <= theirs.p99, p99.toFixed(3)),
    ]),
  );
}

function coldTable(results) {
  const theirs = of(results, 'MQTT.js');
  return table(
    ['', 'import', 'import to CONNACK', 'of MQTT.js (asked 1/2)', 'heap after it', 'of MQTT.js (asked 1/4)'],
    results.map(({ name, import: imported, connack, heap }) => [
      ...[name, `${imported.toFixed(0)} ms`, `${connack.toFixed(0)} ms`],
      verdict(name !== 'mqtt311' || connack <= theirs.connack / 2, (connack / theirs.connack).toFixed(2)),
      kibibytes(heap),
      verdict(name !== 'mqtt311' || heap <= theirs.heap / 4, (heap / theirs.heap).toFixed(2)),
    ]),
  );
}

function crowdTable({ results }) {
  const theirs = of(results, 'MQTT.js');
  return table(
    ['each client', 'heap', 'of MQTT.js (asked 1/4)', 'resident memory', 'CPU in an hour of keep-alive'],
    results.map(({ name, heap, resident, cpu }) => [
      ...[name, `${(heap / 1024).toFixed(1)} KiB`],
      verdict(name !== 'mqtt311' || heap <= theirs.heap / 4, (heap / theirs.heap).toFixed(2)),
      `${(resident / 1024).toFixed(1)} KiB`,
      cpu === undefined ? '–' : `${(cpu / 1000).toFixed(2)} ms`,
    ]),
  );
}

const stormLines = ({ count, results }) =>
  results
    .map(({ name, back, timers }) => {
      const sorted = back.toSorted((a, b) => a - b);
      const at = (part) => `${(sorted[Math.floor(part * (count - 1))] / 1000).toFixed(1)} s`;
      return `- ${name}: half after ${at(0.5)}, all ${count.toLocaleString('en')} after ${at(1)}; at most ${timers.toLocaleString('en')} timers at a time.`;
    })
    .join('\n');

function growthTable(label, points) {
  const names = Object.keys(points[0].values);
  return table(
    [`nanoseconds a message, by ${label}`, ...heads(names)],
    points.map(({ x, values }) => [x.toLocaleString('en'), ...names.map((name) => shown(values[name]))]),
  );
}

const number = (value) => value.toLocaleString('en');

/** Each section's text, of what was measured in it. */
const SECTIONS = {
  throughput: (rows) => `## Throughput

A publish is awaited, 1,000 are under way at a time, and 8 of 1 MiB.

![throughput](throughput.svg)

${throughputTable(rows)}`,

  latency: (results) => `## Latency of a lone publish with QoS 1

From the call to the PUBACK, one at a time.

${latencyTable(results)}`,

  cold: (results) => `## A process that begins

${coldTable(results)}`,

  crowd: (crowd) => `## ${number(crowd.count)} clients in one process

Idle, keep alive 300 s. Heap is what the engine and its buffers take after a collection; the CPU time is that of
${number(crowd.seconds)} simulated seconds with real PINGREQs, taken to an hour.

![memory](crowd.svg)

${crowdTable(crowd)}`,

  parts: ({
    count,
    bytes,
    made,
    polled,
    exchanged,
  }) => `## ${number(count)} times KeepAlive and Session, without sockets

A pair takes ${shown(bytes)} bytes and ${shown(made)} ns to make; a byte received and a look at the deadline take ${shown(polled)} ns, a
publish with QoS 1 and its PUBACK ${shown(exchanged)} ns.`,

  storm: (storm) => `## ${number(storm.count)} clients come back

The server is gone for a second. Clients reconnect as they do by default, MQTT.js after its second.

![storm](storm.svg)

${stormLines(storm)}`,

  byPayload: (points) => `## Growth

Time a message with QoS 0, 1,000 under way.

![growth](growth.svg)

${growthTable('bytes of payload', points)}`,

  byClients: (points) => `The clients share one process.

${growthTable('clients', points)}`,

  byFilters: (
    points,
  ) => `Each filter ends with \`+\` and has a handler of its own; messages come to 1,000 topics, 64 in a frame.

${growthTable('topic filters', points)}`,

  mosquitto: ({ version, results }) => `## A broker: mosquitto ${version}

It routes what is published to nobody.

${throughputTable(results)}`,
};

/** The charts that can be drawn. */
function charts({ throughput, crowd, storm, byPayload, byClients, byFilters }) {
  const rates = throughput?.map(({ title, measured }) => ({
    name: title,
    values: Object.fromEntries(Object.entries(measured).map(([name, result]) => [name, perSecond(result)])),
  }));
  const heaps = crowd?.results.map(({ name, heap }) => [name, heap / 1024]);
  const plots = [
    { label: 'bytes', points: byPayload },
    { label: 'clients', points: byClients },
    { label: 'filters', points: byFilters },
  ].filter(({ points }) => points);
  return {
    'throughput.svg': rates && groupedBars('messages a second', rates, 1, ''),
    'crowd.svg':
      heaps &&
      groupedBars('memory of an idle client', [{ name: 'heap', values: Object.fromEntries(heaps) }], 1, ' KiB'),
    'storm.svg':
      storm &&
      histograms(
        'Clients that are back',
        storm.results.map(({ name, back }) => ({ name, times: back })),
      ),
    'growth.svg': plots.length > 0 && logPlots('Time a message against what grows', plots),
  };
}

/** Writes results.md and the charts, of the sections that were measured. */
export function report(all) {
  const write = (name, content) => writeFileSync(`${import.meta.dirname}/${name}`, content);
  const sections = Object.entries(SECTIONS).filter(([name]) => all[name]?.result);
  const text = sections.map(([name, describe]) => {
    const { date, machine, result } = all[name];
    return `${describe(result)}\n\n*${date}, ${machine}; \`npm run bench -- wire --only=${name}\`.*\n`;
  });
  write(
    'results.md',
    `# Results on the wire

Every contender runs in a process of its own, against one server on loopback that counts, in another. They take turns
within every round; shown are medians, half the distance between the quartiles behind, and ratios of medians. Payloads
have 64 bytes and topics 43, unless it says otherwise. What must arrive is counted, and a run that lost or doubled a
message fails. *plain ws*: no MQTT client, ready-made frames of the size that ours are (16 KiB), or whole messages
counted by their bytes.

${text.join('\n')}`,
  );
  const results = Object.fromEntries(Object.entries(all).map(([name, { result }]) => [name, result]));
  for (const [name, chart] of Object.entries(charts(results))) if (chart) write(name, chart);
}
