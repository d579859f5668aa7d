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

/** How many times as fast as each peer, with what is asked. */
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

export function report(all) {
  const when = (name) => `${all[name].date}, ${all[name].machine}; \`npm run bench:wire -- --only=${name}\`.`;
  const result = Object.fromEntries(Object.entries(all).map(([name, section]) => [name, section.result]));
  const { throughput, latency, cold, crowd, parts, storm, byPayload, byClients, byFilters, mosquitto } = result;
  const write = (name, content) => writeFileSync(`${import.meta.dirname}/${name}`, content);
  write(
    'results.md',
    `# Results on the wire

Every contender runs in a process of its own, against one server on loopback that counts, in another. They take turns
within every round; shown are medians, half the distance between the quartiles behind, and ratios of medians. Payloads
have 64 bytes and topics 43, unless it says otherwise. What must arrive is counted, and a run that lost or doubled a
message fails. *plain ws*: no MQTT client, ready-made frames of the size that ours are (16 KiB), or whole messages
counted by their bytes.

## Throughput

${when('throughput')} A publish is awaited, 1,000 are under way at a time, and 8 of 1 MiB.

![throughput](throughput.svg)

${throughputTable(throughput)}

## Latency of a lone publish with QoS 1

${when('latency')} From the call to the PUBACK, one at a time.

${latencyTable(latency)}

## A process that begins

${when('cold')}

${coldTable(cold)}

## ${crowd.count.toLocaleString('en')} clients in one process

${when('crowd')} Idle, keep alive 300 s. Heap is what the engine and its buffers take after a collection; the
CPU time is that of ${crowd.seconds.toLocaleString('en')} simulated seconds with real PINGREQs, taken to an hour.

![memory](crowd.svg)

${crowdTable(crowd)}

## ${parts.count.toLocaleString('en')} times KeepAlive and Session, without sockets

${when('parts')} A pair takes ${shown(parts.bytes)} bytes and ${shown(parts.made)} ns to make; a byte received and a look at the deadlines take ${shown(parts.polled)} ns, a QoS 1
publish and its PUBACK ${shown(parts.exchanged)} ns.

## ${storm.count.toLocaleString('en')} clients come back

${when('storm')} The server is gone for a second. Clients reconnect as they do by default, MQTT.js after its second.

![storm](storm.svg)

${stormLines(storm)}

## Growth

${when('byPayload')} \`byClients\`, \`byFilters\`. QoS 0; the clients share one process and 1,000 messages under way; each filter ends with
\`+\` and has a handler of its own, and messages come to 1,000 topics, 64 in a frame.

![growth](growth.svg)

${growthTable('bytes of payload', byPayload)}

${growthTable('clients', byClients)}

${growthTable('topic filters', byFilters)}

## A broker: mosquitto ${mosquitto.version}

${when('mosquitto')} It routes what is published to nobody.

${throughputTable(mosquitto.results)}
`,
  );
  const rates = throughput.map(({ title, measured }) => ({
    name: title,
    values: Object.fromEntries(Object.entries(measured).map(([name, { median }]) => [name, 1e9 / median])),
  }));
  write('throughput.svg', groupedBars('messages a second', rates, 1, ''));
  const heaps = Object.fromEntries(crowd.results.map(({ name, heap }) => [name, heap / 1024]));
  write('crowd.svg', groupedBars('memory of an idle client', [{ name: 'heap', values: heaps }], 1, ' KiB'));
  write(
    'storm.svg',
    histograms(
      'Clients that are back',
      storm.results.map(({ name, back }) => ({ name, times: back })),
    ),
  );
  const plots = [
    { label: 'bytes', points: byPayload },
    { label: 'clients', points: byClients },
    { label: 'filters', points: byFilters },
  ];
  write('growth.svg', logPlots('Time a message against what grows', plots));
}
