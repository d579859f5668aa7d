// Throughput against what grows: payload, clients, topic filters.
import { startContender, startServer } from './processes.mjs';
import { measureRow, NAMES } from './throughput.mjs';

const filter = (i) => `/sys/a1B2c3D4e5F/device-${i}/thing/+`;
const topic = (i) => `/sys/a1B2c3D4e5F/device-${i}/thing/service`;

async function withContenders(names, clients, work) {
  const server = await startServer();
  const contenders = [];
  for (const name of names) {
    const contender = await startContender(name);
    await contender.run('connect', { url: server.url, count: clients });
    contenders.push(contender);
  }
  const result = await work(server, contenders);
  for (const { stop } of contenders) await stop();
  await server.stop();
  return result;
}

const medians = (measured) => Object.fromEntries(Object.entries(measured).map(([name, { median }]) => [name, median]));

/** Nanoseconds a message, by the bytes of its payload. */
export const byPayload = ({ effort, log }) =>
  withContenders(NAMES, 1, async (server, contenders) => {
    const points = [];
    for (const size of [0, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144]) {
      const perFrame = Math.max(1, Math.floor(16_384 / (size + 48)));
      const row = { kind: 'publish', size, qos: 0, window: 1_000, perFrame, names: NAMES };
      points.push({ x: size, values: medians(await measureRow(server, contenders, row, effort)) });
      log(`payload of ${size}`, points.at(-1).values);
    }
    return points;
  });

/** Nanoseconds a message, by the clients that share the work in one process. */
export async function byClients({ effort, most, log }) {
  const points = [];
  for (let clients = 1; clients <= most; clients *= 10) {
    const names = NAMES.slice(0, 3);
    const row = {
      kind: 'publish',
      size: 64,
      qos: 0,
      window: Math.max(1_000, 10 * clients),
      perFrame: 10 * clients,
      names,
    };
    const measure = (server, contenders) => measureRow(server, contenders, row, effort);
    points.push({ x: clients, values: medians(await withContenders(names, clients, measure)) });
    log(`${clients} clients`, points.at(-1).values);
  }
  return points;
}

/** Nanoseconds a message received, by the topic filters that have a handler each. */
export async function byFilters({ effort, most, log }) {
  const points = [];
  for (let filters = 1; filters <= most; filters *= 10) {
    const measure = async (server, contenders) => {
      await contenders[0].run('handle', { filters: Array.from({ length: filters }, (_, i) => filter(i)) });
      const used = Math.min(filters, 1_000);
      const topics = Array.from({ length: used }, (_, i) => topic(Math.floor((i * filters) / used)));
      const row = { kind: 'receive', topics, size: 64, perFrame: 64, names: ['mqtt311'] };
      return measureRow(server, contenders, row, effort);
    };
    points.push({ x: filters, values: medians(await withContenders(['mqtt311'], 1, measure)) });
    log(`${filters} filters`, points.at(-1).values);
  }
  return points;
}
