// One contender in a process of its own: does what its parent says, and answers with nanoseconds.
import { contenders } from './contenders.mjs';
import { pass, quiet, takeTime } from './virtual-time.mjs';

const TOPIC = '/sys/a1B2c3D4e5F/device-00001/thing/service';
const name = process.argv[2];
const open = await contenders[name]();
const now = () => Number(process.hrtime.bigint());
const clients = [];

/** Keeps `window` publishes under way until `count` are settled. */
function publishAll(client, { count, qos, window, topic = TOPIC }, payload) {
  return new Promise((resolve, reject) => {
    let started = 0;
    let settled = 0;
    const done = (error) => {
      if (error) return reject(error);
      settled += 1;
      if (settled === count) resolve();
      else start();
    };
    const start = () => {
      if (started === count) return;
      started += 1;
      client.publish(topic, payload, qos, done);
    };
    for (let i = 0; i < window; i++) start();
  });
}

const publishOne = (client, qos, payload) =>
  new Promise((resolve, reject) => client.publish(TOPIC, payload, qos, (error) => (error ? reject(error) : resolve())));

/** Calls back for each of `count` messages; resolves with the nanoseconds from the first to the last. */
function counter(count) {
  let left = count;
  let start = 0;
  let resolve;
  const finished = new Promise((settle) => {
    resolve = settle;
  });
  const each = () => {
    if (left === count) start = now();
    left -= 1;
    if (left === 0) resolve(now() - start);
  };
  return { each, finished };
}

let receiving = counter(0);
const each = (message) => receiving.each(message);

async function iterate(client, topicFilter) {
  for await (const message of await client.iterate(topicFilter)) each(message);
}

const commands = {
  /** `reconnect`: its losses are expected. */
  async connect({ url, count = 1, keepAlive, reconnect }) {
    const isWanted = (i) => i < count;
    let next = 0;
    const failed = (error) => reconnect || process.send({ failed: error.message });
    const connectSome = async () => {
      for (let i = next++; isWanted(i); i = next++)
        clients[i] = await open(url, { clientId: `${name.replace(' ', '-')}-${i}`, keepAlive, reconnect }, failed);
    };
    await Promise.all(Array.from({ length: 50 }, connectSome));
  },
  /** All clients together publish `count` messages; behind those of QoS 0 comes one that is acknowledged. */
  async publish({ count, size, qos, window, perFrame }) {
    const payload = new Uint8Array(size).fill(7);
    const start = now();
    const share = count / clients.length;
    const isUnanswered = qos === 0;
    await Promise.all(
      clients.map(async (client) => {
        if (client.send) return client.send(TOPIC, size, share, perFrame);
        await publishAll(client, { count: share, qos, window: Math.ceil(window / clients.length) }, payload);
        if (isUnanswered) await publishOne(client, 1, payload); // a round trip: all has arrived
      }),
    );
    return { nanoseconds: now() - start, published: count + (isUnanswered ? clients.length : 0) };
  },
  async latency({ count, size }) {
    const payload = new Uint8Array(size).fill(7);
    const samples = [];
    for (let i = 0; i < count; i++) {
      const start = now();
      await publishOne(clients[0], 1, payload);
      samples.push(now() - start);
    }
    return samples;
  },
  /** Adds handlers, each with its own filter, and counts the messages of the last one. */
  async handle({ filters }) {
    const [client] = clients;
    for (let i = 0; i < filters.length; i += 500)
      await Promise.all(filters.slice(i, i + 500).map((filter) => client.subscribe(filter, each)));
  },
  async iterate({ filter }) {
    void iterate(clients[0], filter);
    await publishOne(clients[0], 1, new Uint8Array(0)); // a round trip: it is subscribed
  },
  expect({ count, topic, size }) {
    receiving = counter(count);
    const [client] = clients;
    if (client.receive === undefined) return;
    const start = now();
    receiving.finished = client.receive(topic, size, count).then(() => now() - start);
  },
  receive: () => receiving.finished,
  /** What is still there when all that can go has gone, which takes a while. */
  async memory() {
    for (let i = 0; i < 5; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return process.memoryUsage();
  },
  takeTime,
  /** Microseconds of CPU while `seconds` pass and only keep-alive runs. */
  async idle({ seconds }) {
    await quiet();
    const { user, system } = process.cpuUsage();
    for (let second = 0; second < seconds; second += 5) {
      pass(5);
      await quiet();
    }
    const after = process.cpuUsage();
    return after.user - user + after.system - system;
  },
  /** When each client was back, in milliseconds after the first was lost, and the most timers there were at a time. */
  storm: () =>
    new Promise((resolve) => {
      const back = [];
      let start = 0;
      let timers = 0;
      const sampling = setInterval(() => {
        const active = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
        timers = Math.max(timers, active);
      }, 100);
      for (const client of clients)
        client.onState((isOnline) => {
          if (start === 0) start = now();
          if (isOnline) back.push(Math.round((now() - start) / 1e6));
          if (back.length < clients.length) return;
          clearInterval(sampling);
          resolve({ back, timers });
        });
      process.send({ result: 'watching' });
    }),
};

process.on('message', async ({ command, ...options }) => {
  try {
    process.send({ result: await commands[command](options) });
  } catch (error) {
    process.send({ failed: error.message });
  }
});
process.on('disconnect', () => process.exit());
process.send({ result: 'loaded' });
