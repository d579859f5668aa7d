// npm run bench -- testing: how long 1,000 messages of QoS 1 take through the client and the broker in memory,
// and how long processors worked for that: on a busy machine the two differ.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';

const COUNT = 1_000;
const WAYS = {
  'all at once': (client) =>
    Promise.all(Array.from({ length: COUNT }, (_, i) => client.publish('a', `${i}`, { qos: 1 }))),
  'one by one': async (client) => {
    for (let i = 0; i < COUNT; i++) await client.publish('a', `${i}`, { qos: 1 });
  },
};
/** Processes for each way, and rounds in each: the first is cold, and the last is warm. */
const PROCESSES = 5;
const ROUNDS = 20;

const [way] = process.argv.slice(2);
if (way === undefined) {
  for (const name of Object.keys(WAYS)) {
    const args = [fileURLToPath(import.meta.url), name];
    const runs = Array.from({ length: PROCESSES }, () =>
      JSON.parse(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout),
    );
    const best = (round) =>
      ['took', 'worked'].map((key) => Math.min(...runs.map((rounds) => rounds.at(round)[key])).toFixed(1)).join(' / ');
    console.log(`${name.padEnd(12)} in a fresh process ${best(0)} ms, after ${ROUNDS - 1} rounds ${best(-1)} ms`);
  }
} else {
  const broker = createBroker();
  const client = await connect('ws://test', { transport: broker.transport });
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    await WAYS[way](client);
    const { user, system } = process.cpuUsage(before);
    rounds.push({ took: performance.now() - start, worked: (user + system) / 1_000 });
  }
  console.log(JSON.stringify(rounds));
  await client.close();
}
