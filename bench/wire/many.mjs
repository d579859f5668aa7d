// Thousands of clients in one process: memory, keep-alive, and the storm after a restart of the server.
import { execFileSync } from 'node:child_process';
import { startContender, startServer } from './processes.mjs';

const NAMES = ['mqtt311', 'MQTT.js', 'Paho', 'plain ws'];

/** Bytes of memory, and microseconds of CPU in an idle hour, for each of `count` clients. */
export async function crowd({ count, seconds, log }) {
  const results = [];
  for (const name of NAMES) {
    const server = await startServer();
    const contender = await startContender(name);
    await contender.run('connect', { url: server.url, count: 1 }); // what is there only once
    const before = await contender.run('memory');
    await contender.run('takeTime');
    await contender.run('connect', { url: server.url, count, keepAlive: 300 });
    const after = await contender.run('memory');
    const heap = (after.heapUsed + after.external - before.heapUsed - before.external) / count;
    const resident = (after.rss - before.rss) / count;
    const isKept = name === 'mqtt311' || name === 'MQTT.js'; // Paho's keep-alive has a fixed way to time
    const cpu = isKept ? ((await contender.run('idle', { seconds })) * 3_600) / seconds / count : undefined;
    log(`${count} clients of ${name}`, { heap, resident, cpu });
    results.push({ name, heap, resident, cpu });
    await contender.stop();
    await server.stop();
  }
  return { count, seconds, results };
}

/** The server goes away for a second, and `count` clients come back. */
export async function storm({ count, log }) {
  const results = [];
  for (const name of NAMES.slice(0, 2)) {
    const server = await startServer();
    const contender = await startContender(name);
    await contender.run('connect', { url: server.url, count, keepAlive: 300, reconnect: {} });
    await contender.run('storm');
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const restarted = await startServer(server.port);
    const { back, timers } = await contender.next();
    log(`storm of ${count} of ${name}`, { last: Math.max(...back), timers });
    results.push({ name, back, timers });
    await contender.stop();
    await restarted.stop();
  }
  return { count, results };
}

/** 100,000 pairs of KeepAlive and Session, without sockets. */
export function parts(count) {
  const flags = ['--expose-gc', `${import.meta.dirname}/parts.mjs`, String(count)];
  return { count, ...JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' })) };
}
