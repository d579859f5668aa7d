// Through a real broker, over ws and wss.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../src/cli/gate/certificate.ts';
import { encodedLength, publish, type QoS } from '../../src/codec/codec.ts';
import { type Client, type ConnectOptions, connect, type Message } from '../../src/index.node.ts';
import { type Broker, startBroker } from '../support/broker.ts';
import { same } from '../support/same.ts';

const certificates = await makeCertificates();

/** Random bytes that make the whole PUBLISH as long as that. */
function payloadFor(size: number, topic: string, qos: QoS): Uint8Array {
  let payload = new Uint8Array(size);
  const packet = () => publish({ topic, payload, qos, packetId: qos && 1 });
  while (encodedLength(packet()) > size) payload = payload.subarray(1);
  return new Uint8Array(randomBytes(payload.length));
}

/** The next values of an event-like callback, in their order. */
function collector<T>() {
  const got: T[] = [];
  const waiting: ((value: T) => void)[] = [];
  return {
    add(value: T): void {
      const waiter = waiting.shift();
      if (waiter === undefined) got.push(value);
      else waiter(value);
    },
    next: () => (got.length > 0 ? Promise.resolve(got.shift()!) : new Promise<T>((resolve) => waiting.push(resolve))),
    get left() {
      return got.length;
    },
  };
}

const becomes = (client: Client, state: string) =>
  new Promise<void>((resolve) => {
    const off = client.on('state', (now) => {
      if (now !== state) return;
      off();
      resolve();
    });
  });

describe.each(['ws', 'wss'] as const)('over %s', { timeout: 20_000 }, (scheme) => {
  let broker: Broker;
  const open: Client[] = [];
  const start = async (options: ConnectOptions = {}) => {
    const client = await connect(broker.url, { webSocketOptions: { ca: certificates.ca }, ...options });
    open.push(client);
    return client;
  };
  beforeAll(async () => {
    broker = await startBroker(scheme === 'wss' ? certificates : undefined);
  });
  afterAll(async () => {
    await Promise.all(open.map((client) => client.close()));
    await broker.close();
  });

  it('messages of every size and QoS arrive exactly as sent, in their order [MQTT-7.1.2-1]', async () => {
    const client = await start();
    const arrivals = collector<Message>();
    await client.subscribe('温度/🌡️/#', { qos: 2 }, (message) => arrivals.add(message));
    for (const qos of [0, 1, 2] as const) {
      const topic = `温度/🌡️/${qos}`;
      const sizes = [127, 128, 16_383, 16_384, 2_097_152].map((size) => payloadFor(size, topic, qos));
      const payloads = [new Uint8Array(0), new Uint8Array([0]), ...sizes];
      await Promise.all(payloads.map((payload) => client.publish(topic, payload, { qos })));
      for (const payload of payloads) {
        const message = await arrivals.next();
        same([message.topic, message.qos, message.retain, message.dup], [topic, qos, false, false]);
        same(message.payload, payload);
      }
    }
    expect(arrivals.left).toBe(0);
  });

  it('a client that is cut comes back by itself, with its subscriptions', async () => {
    const client = await start({ reconnect: { minDelay: 1, maxDelay: 5 } });
    const arrivals = collector<string>();
    await client.subscribe('back/+', { qos: 1 }, (message) => arrivals.add(message.text()));
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    for (const round of ['1', '2']) {
      const isBack = becomes(client, 'online');
      broker.cut();
      await isBack;
      await client.publish('back/1', round, { qos: 1 });
      expect(await arrivals.next()).toBe(round);
    }
    expect(errors).toMatchObject([{ reason: 'closed', code: 1006 }, { reason: 'closed' }]);
  });

  it('a session that is kept brings what was sent meanwhile, to what is made when connect() resolves', async () => {
    const options = { clientId: `kept-${scheme}`, cleanSession: false };
    const first = await start(options);
    await first.subscribe(`kept/${scheme}`, { qos: 1 }, () => {});
    await first.close();
    const other = await start();
    await other.publish(`kept/${scheme}`, 'meanwhile', { qos: 1 });
    const second = await start(options);
    const arrivals = collector<string>();
    second.on('unrouted', (message) => arrivals.add(message.text()));
    expect(await arrivals.next()).toBe('meanwhile');
  });

  it('a loop gets its messages, and leaving it unsubscribes', async () => {
    const client = await start();
    const subscription = await client.subscribe('loop', { qos: 2 });
    for (const word of ['a', 'b', 'c']) void client.publish('loop', word, { qos: 2 });
    const seen: string[] = [];
    for await (const message of subscription) {
      seen.push(message.text());
      if (seen.length === 3) break;
    }
    expect(seen).toStrictEqual(['a', 'b', 'c']);
  });

  it('a will is published when the connection is cut, and not after close()', async () => {
    const watcher = await start();
    const arrivals = collector<string>();
    await watcher.subscribe('will/+', {}, ({ topic }) => arrivals.add(topic));
    const will = (topic: string) => ({ reconnect: false as const, will: { topic, payload: 'gone' } });
    const closed = await start(will('will/closed'));
    await closed.close();
    const abort = await start({ ...will('will/cut'), maxPacketSize: 2 }).catch((error: Error) => error);
    expect(abort).toMatchObject({ name: 'PacketTooLargeError' });
    expect(await arrivals.next()).toBe('will/cut');
  });

  it('close() has left when it resolves', async () => {
    const client = await start();
    const sent: number[] = [];
    client.on('packet', (direction, { type }) => direction === 'sent' && sent.push(type));
    await client.publish('last', 'words');
    await client.close();
    expect(sent).toStrictEqual([3, 14]);
  });
});

it('a certificate of nobody we know is refused', async () => {
  const broker = await startBroker(certificates);
  const error = await connect(broker.url).catch((refusal: unknown) => refusal);
  expect(error).toMatchObject({ name: 'ConnectionLostError', reason: 'unreachable' });
  await broker.close();
});
