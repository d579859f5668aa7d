// program.ts cycles|bare|clients|queued|soak URL AMOUNT SEED, with --expose-gc, in a process of its own: says what is left, as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import {
  connack,
  connect as connectPacket,
  disconnect,
  encode,
  type Packet,
  type PublishPacket,
  puback,
  publish,
  suback,
  subscribe,
} from '../../../src/codec/codec.ts';
import { connect, type TransportEvents } from '../../../src/index.node.ts';
import { createSession } from '../../../src/session/session.ts';
import { Random } from '../simulation/random.ts';

const [mode, url, amount, seed] = [process.argv[2], process.argv[3]!, Number(process.argv[4]), Number(process.argv[5])];
const collect = (globalThis as { gc?: () => void }).gc!;
/** Bytes of the heap and of buffers, with no garbage; the first samples are of a program that still warms up. */
const samples: (readonly [at: number, bytes: number])[] = [];
const sample = async (at: number) => {
  for (let i = 0; i < 3; i++) {
    await sleep(5);
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  samples.push([at, heapUsed + arrayBuffers]);
};
/** In one run. */
const SAMPLES = 120;
const random = new Random(seed);

const modes = { cycles, bare, clients, queued, soak };
const counts = await modes[mode as keyof typeof modes](amount);
await sleep(200);
// what holds a process open; the pipe to whoever has started it does too
const resources = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
console.log(JSON.stringify({ ...counts, resources, slope: samples.length > 0 ? slope() : 0 }));

/** Connects, says something at a QoS of its own, and leaves: in good order, or cut. */
async function cycles(count: number): Promise<object> {
  const every = Math.max(1, Math.floor(count / SAMPLES));
  for (let cycle = 0; cycle < count; cycle++) {
    const client = await connect(url, { clientId: 'cycle', reconnect: false });
    const signal = new AbortController();
    await client.subscribe('cycle/#', { qos: 2, signal: signal.signal }, () => {});
    await client.publish('cycle/1', 'x', { qos: random.pick([0, 1, 2]), signal: signal.signal });
    if (random.chance(0.2)) client.publish('cycle/2', 'x', { qos: 1 }).catch(() => {}); // it is open when the client closes
    await client.close({ drain: 0 });
    if (cycle % every === 0) await sample(cycle);
  }
  return { cycles: count };
}

/** The same without the library: what is left is the platform's own. */
async function bare(count: number): Promise<object> {
  const every = Math.max(1, Math.floor(count / SAMPLES));
  const subscribing = { packetId: 1, subscriptions: [{ topicFilter: 'cycle/#', qos: 2 as const }] };
  const steps = [
    connectPacket({ clientId: 'bare' }),
    subscribe(subscribing),
    publish({ topic: 'cycle/1', payload: new Uint8Array(1), qos: 1, packetId: 2 }),
  ].map(encode);
  for (let cycle = 0; cycle < count; cycle++) {
    const socket = new WebSocket(url, ['mqtt']);
    await new Promise<void>((resolve) => {
      let step = 0;
      const next = () => {
        if (step < steps.length) return socket.send(steps[step++]!);
        socket.send(encode(disconnect()));
        socket.close(1000);
      };
      socket.onopen = next;
      socket.onmessage = next; // its answer
      socket.onclose = () => resolve();
    });
    if (cycle % every === 0) await sample(cycle);
  }
  return { bare: count };
}

/** The same without sockets: what is left is the library's own. */
async function clients(count: number): Promise<object> {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const every = Math.max(1, Math.floor(count / SAMPLES));
  for (let cycle = 0; cycle < count; cycle++) {
    let events: TransportEvents | undefined;
    const connecting = connect(url, {
      reconnect: false,
      transport: (_url, given) => {
        events = given;
        return { send() {}, close: () => setImmediate(() => given.closed(undefined, 1000)) };
      },
    });
    await turn();
    events!.opened();
    await turn();
    events!.received(encode(connack()));
    const client = await connecting;
    await sleep(1); // what is held until connect() has resolved
    const subscribing = client.subscribe('cycle/#', { qos: 2 }, () => {});
    await turn();
    events!.received(encode(suback({ packetId: 1, returnCodes: [2] })));
    await subscribing;
    client.publish('cycle/2', 'x', { qos: 1 }).catch(() => {}); // it is open when the client closes
    await client.close({ drain: 0 });
    if (cycle % every === 0) await sample(cycle);
  }
  return { clients: count };
}

/** Publishes that have waited, and leave as their broker acknowledges them: milliseconds of processor time. */
function queued(count: number): object {
  const sent: number[] = [];
  const send = (packet: Packet) => void sent.push((packet as PublishPacket).packetId);
  const session = createSession({ send, deliver() {}, restoreFailed() {} }, { maxQueued: count });
  let fulfilled = 0;
  const message = publish({ topic: 't', payload: new Uint8Array(1), qos: 1 });
  for (let i = 0; i < count; i++) session.publish(message, () => (fulfilled += 1));
  const before = process.cpuUsage();
  session.connected(false);
  for (const packetId of sent) session.receive(puback(packetId));
  const { user, system } = process.cpuUsage(before);
  return { queued: count, fulfilled, milliseconds: (user + system) / 1_000 };
}

/** 1,000 messages a second at all QoS, to itself. */
async function soak(seconds: number): Promise<object> {
  const client = await connect(url, { clientId: 'soak', reconnect: false });
  let received = 0;
  let errors = 0;
  client.on('error', () => (errors += 1));
  await client.subscribe('soak/#', { qos: 2 }, () => {
    received += 1;
  });
  const start = Date.now();
  const every = Math.max(1, Math.floor(seconds / 60)) * 1_000;
  let published = 0;
  let fulfilled = 0;
  let sampleAt = every;
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = Date.now() - start) {
    for (; published < elapsed; published++) {
      const payload = '.'.repeat(random.magnitude(500));
      client.publish(`soak/${published % 10}`, payload, { qos: random.pick([0, 1, 2]) }).then(
        () => (fulfilled += 1),
        () => (errors += 1),
      );
    }
    await sleep(2);
    if (elapsed < sampleAt) continue;
    sampleAt += every;
    await sample(elapsed);
  }
  for (const end = Date.now() + 20_000; (fulfilled < published || received < published) && Date.now() < end; )
    await sleep(20);
  await client.close();
  return { seconds, published, fulfilled, received, errors };
}

/** Bytes for each unit, by least squares over what is behind the first third. */
function slope(): number {
  const rest = samples.slice(Math.floor(samples.length / 3));
  const mean = (index: 0 | 1) => rest.reduce((sum, one) => sum + one[index], 0) / rest.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = rest.reduce((sum, one) => sum + (one[0] - x) * (one[1] - y), 0);
  return covariance / rest.reduce((sum, one) => sum + (one[0] - x) ** 2, 0);
}
