// What docs/from-mqtt-js.md says of MQTT.js, asked of the MQTT.js that is installed.
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Broker, startBroker } from '../support/broker.ts';
import { fate } from '../support/fake-network.ts';
import { outputOf } from '../support/output.ts';

const hosts = vi.hoisted(() => new Map<string, string>());
vi.mock('isomorphic-ws', async () => {
  const { WebSocket } = await import('ws');
  return {
    default: class extends WebSocket {
      constructor(url: string, protocols: string[], options?: object) {
        super(hosts.get(new URL(url).origin) ?? url, protocols, options);
      }
    },
  };
});

// MQTT.js sends its CONNECT in many frames. With Node 26, aedes behind a stream of ws does not answer them.
const isAnswered = Number.parseInt(process.versions.node, 10) < 26;

let broker: Broker;
const clients: mqtt.MqttClient[] = [];

beforeEach(async () => {
  broker = await startBroker();
  hosts.set('wss://broker.example', broker.url);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await broker.close().catch(() => {});
  vi.unstubAllEnvs();
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function connected(options?: mqtt.IClientOptions): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 50, ...options });
  clients.push(client);
  return client;
}

it.runIf(isAnswered)('the two programs print the same', async () => {
  vi.stubEnv('BROKER_URL', broker.url);
  // @ts-expect-error JavaScript, without types
  const before = await outputOf(() => import('../../examples/from-mqtt-js/before.js'));
  const after = await outputOf(() => import('../../examples/from-mqtt-js/after.ts'));
  const lines = ['acknowledged', 'connected', 'not online', 'online false', 'rooms/kitchen/light {"on":true} false'];
  expect(before.sort()).toEqual(lines); // in which order a broker sends acknowledgements and messages is its own affair
  expect(after.sort()).toEqual(lines);
});

describe.runIf(isAnswered)('MQTT.js', () => {
  it('acknowledges a message before an async listener is done', async () => {
    const client = await connected();
    const order: string[] = [];
    client.on('packetsend', ({ cmd }) => cmd === 'puback' && order.push(cmd));
    client.on('message', async () => {
      await pause(20);
      order.push('listener');
    });
    await client.subscribeAsync('a', { qos: 1 });
    await client.publishAsync('a', 'x', { qos: 1 });
    await vi.waitFor(() => expect(order).toEqual(['puback', 'listener']));
  });

  it('sends no second SUBSCRIBE to a filter that it has', async () => {
    const client = await connected();
    await client.subscribeAsync('a', { qos: 1 });
    expect(await client.subscribeAsync('a', { qos: 1 })).toEqual([]);
  });

  it('fails a subscription whose SUBACK the connection did not live to see', async () => {
    const client = await connected();
    broker.aedes.authorizeSubscribe = () => {}; // it never answers
    const subscribing = client.subscribeAsync('a', { qos: 1 });
    await pause(20);
    broker.cut();
    await expect(subscribing).rejects.toThrow('Connection closed');
  });

  it('tries every reconnectPeriod, and end() does not end while something is unacknowledged without a connection', async () => {
    const client = await connected();
    await broker.close();
    await pause(20);
    const published = client.publishAsync('a', 'x', { qos: 1 });
    const ended = client.endAsync();
    await pause(300);
    expect(await fate(ended)).toBe('pending');
    expect(await fate(published)).toBe('pending');
  });

  it('never settles what end(true) leaves behind', async () => {
    const client = mqtt.connect('ws://127.0.0.1:1', { reconnectPeriod: 1_000 });
    client.on('error', () => {});
    const published = [0, 1].map((qos) => client.publishAsync('a', 'x', { qos: qos as 0 | 1 }));
    await client.endAsync(true);
    await pause(100);
    expect(await Promise.all(published.map(fate))).toEqual(['pending', 'pending']);
  });

  it('does not connect again after a CONNACK that refuses, and tells error and close', async () => {
    broker.aedes.authenticate = (_client, _user, _password, done) =>
      done(Object.assign(new Error('no'), { returnCode: 3 }) as never, false);
    const client = mqtt.connect(broker.url, { reconnectPeriod: 20 });
    clients.push(client);
    const events: string[] = [];
    for (const event of ['connect', 'reconnect', 'error', 'close'] as const)
      client.on(event as 'close', () => void events.push(event));
    await pause(200);
    expect(events).toEqual(['error', 'close']);
  });

  it('tells offline, close, reconnect and connect when a connection is lost, and makes up a client id', async () => {
    const client = await connected();
    const events: string[] = [];
    for (const event of ['offline', 'close', 'reconnect', 'connect', 'error'] as const)
      client.on(event as 'close', () => void events.push(event));
    broker.cut();
    await vi.waitFor(() => expect(events).toEqual(['offline', 'close', 'reconnect', 'connect']));
    expect(client.options.clientId).toMatch(/^mqttjs_/);
  });

  it('rejects connectAsync() when the first attempt fails', async () => {
    await expect(mqtt.connectAsync('ws://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
  });

  it('sends what no broker may take: a topic with a wildcard', async () => {
    const client = await connected();
    const sent: string[] = [];
    client.on('packetsend', (packet) => packet.cmd === 'publish' && sent.push(packet.topic));
    client.publish('a/+', 'x', { qos: 1 });
    expect(sent).toEqual(['a/+']);
  });
});
