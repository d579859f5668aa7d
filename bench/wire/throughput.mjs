// Messages a second, through one client: contenders take turns within every round, each in a process of its own.
import { quartiles } from '../measure.mjs';
import { startContender, startMosquitto, startServer } from './processes.mjs';

const TOPIC = '/sys/a1B2c3D4e5F/device-00001/thing/service';
const MEBIBYTE = 1_048_576;
export const NAMES = ['mqtt311', 'MQTT.js', 'Paho', 'plain ws'];

/** Runs before the rounds: the engine has compiled what is measured, and the last one tells how long a message takes. */
const WARM_UP = 4;

/** Ready-made frames of the size that the client makes of these messages: 16 KiB. */
const IN_A_FRAME = 147;

const publishing = (title, qos, required, more = {}) => ({
  ...{ title, kind: 'publish', size: 64, qos, window: 1_000, required, names: NAMES.slice(0, 3), ...more },
});
const receiving = (title, way, perFrame, required, more = {}) => ({
  ...{ title, kind: 'receive', way, size: 64, perFrame, required, names: NAMES.slice(0, 2), ...more },
});

/** `required`: how many times as fast as the peer of this name. */
export const rows = [
  publishing('publish, QoS 0', 0, { 'MQTT.js': 12, Paho: 8, 'plain ws': 0.6 }, { perFrame: IN_A_FRAME, names: NAMES }),
  publishing('publish, QoS 1', 1, { 'MQTT.js': 5, Paho: 5 }),
  publishing('publish, QoS 2', 2, { 'MQTT.js': 5 }),
  receiving('receive, handler, 64 in a frame', 'handler', 64, { 'MQTT.js': 5 }, { names: NAMES }),
  receiving('receive, handler, 1 in a frame', 'handler', 1, { 'MQTT.js': 2 }, { names: NAMES }),
  receiving('receive, for await, 64 in a frame', 'loop', 64, { 'MQTT.js': 5 }),
  receiving('receive, for await, 1 in a frame', 'loop', 1, { 'MQTT.js': 2 }),
  publishing('publish 1 MiB, QoS 1', 1, { 'MQTT.js': 1, Paho: 1 }, { size: MEBIBYTE, window: 8 }),
  receiving('receive 1 MiB, handler', 'handler', 1, { 'MQTT.js': 1, Paho: 1 }, { size: MEBIBYTE, names: NAMES }),
];

async function once(server, contender, row, count) {
  const { kind, way, size, qos, window, perFrame } = row;
  if (kind === 'publish') {
    const before = await server.receivedFrom?.(contender);
    const { nanoseconds, published } = await contender.run('publish', { count, size, qos, window, perFrame });
    const arrived = (await server.receivedFrom?.(contender)) - before;
    if (server.receivedFrom && arrived !== published)
      throw new Error(`${contender.name}: ${arrived} of ${published} messages arrived`);
    return nanoseconds / count;
  }
  const topics = row.topics ?? [`${TOPIC}/${way}`];
  await contender.run('expect', { count, topic: topics[0], size });
  server.send(contender, { topics, count, perFrame, size });
  return (await contender.run('receive')) / count;
}

/** Quartiles of nanoseconds a message, for each contender that `row` names. */
export async function measureRow(server, contenders, row, { rounds, milliseconds }) {
  const taking = contenders.filter(({ name }) => row.names.includes(name));
  const counts = new Map();
  const { size, perFrame: unit = 1 } = row;
  for (const contender of taking) {
    const whole = (count) => Math.max(1, Math.round(count / unit)) * unit;
    let count = whole(size > 10_000 ? 2 : 2_000);
    for (let i = 0; i < WARM_UP; i++) {
      const nanoseconds = await once(server, contender, row, count);
      count = whole((milliseconds * 1e6) / nanoseconds);
    }
    counts.set(contender, count);
  }
  const samples = new Map(taking.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < taking.length; turn++) {
      const contender = taking[(turn + round) % taking.length];
      samples.get(contender).push(await once(server, contender, row, counts.get(contender)));
    }
  return Object.fromEntries(
    taking.map((contender) => {
      const [low, median, high] = quartiles(samples.get(contender));
      return [contender.name, { low, median, high }];
    }),
  );
}

async function connected(names, url) {
  const contenders = [];
  for (const name of names) {
    const contender = await startContender(name);
    await contender.run('connect', { url });
    contenders.push(contender);
  }
  return contenders;
}

/** Results of all `rows` whose title includes `only`. */
async function measureRows(server, contenders, rows, { only, effort, log }) {
  const results = [];
  for (const row of rows.filter(({ title }) => title.includes(only))) {
    const { title, required } = row;
    const measured = await measureRow(server, contenders, row, effort);
    log(title, measured);
    results.push({ title, size: row.size, required, measured });
  }
  return results;
}

export async function throughput(options) {
  const server = await startServer();
  const contenders = await connected(NAMES, server.url);
  const [us, ...peers] = contenders;
  const loop = `${TOPIC}/loop`;
  await us.run('handle', { filters: [`${TOPIC}/handler`] });
  await us.run('iterate', { filter: loop });
  for (const peer of peers.slice(0, 2)) await peer.run('handle', { filters: [`${TOPIC}/handler`, loop] });
  const results = await measureRows(server, contenders, rows, options);
  for (const { stop } of [...contenders, server]) await stop();
  return results;
}

/** Milliseconds of a lone publish with QoS 1, from the call to its PUBACK: medians, over the rounds, of p50 and p99. */
export async function latency({ effort, log }) {
  const server = await startServer();
  const contenders = await connected(NAMES.slice(0, 3), server.url);
  const samples = new Map(contenders.map((contender) => [contender, []]));
  for (let round = -1; round < effort.rounds; round++)
    for (const contender of contenders) {
      const sorted = (await contender.run('latency', { count: effort.lone, size: 64 })).sort((a, b) => a - b);
      if (round >= 0) samples.get(contender).push([0.5, 0.99].map((part) => sorted[Math.floor(part * sorted.length)]));
    }
  const results = contenders.map((contender) => {
    const [p50, p99] = [0, 1].map((i) => quartiles(samples.get(contender).map((pair) => pair[i]))[1] / 1e6);
    return { name: contender.name, p50, p99 };
  });
  for (const { name, p50, p99 } of results) log(`latency of ${name}`, { p50, p99 });
  for (const { stop } of [...contenders, server]) await stop();
  return results;
}

/** The same publishes to mosquitto, where nothing is subscribed to them. */
export async function reality(options) {
  const server = await startMosquitto();
  if (server === undefined) return undefined;
  const contenders = await connected(NAMES.slice(0, 3), server.url);
  const publishes = rows.filter(({ kind, size }) => kind === 'publish' && size === 64);
  const results = await measureRows(server, contenders, publishes, options);
  for (const { stop } of [...contenders, server]) await stop();
  return { version: server.version, results };
}
