// What docs/from-paho.md says of Paho for JavaScript, asked of the one that is installed.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Broker, startBroker } from '../support/broker.ts';
import { outputOf } from '../support/output.ts';

interface PahoMessage {
  destinationName: string;
  qos: number;
}
interface PahoClient {
  onMessageArrived: (message: PahoMessage) => void;
  onMessageDelivered: (message: PahoMessage) => void;
  onConnectionLost: (reason: { errorCode: number; errorMessage: string }) => void;
  onConnected: (isAgain: boolean) => void;
  connect(options: object): void;
  subscribe(filter: string, options?: object): void;
  send(topic: string, payload: string, qos?: number): void;
  disconnect(): void;
  isConnected(): boolean;
}

let Client: new (url: string, clientId: string) => PahoClient;
let broker: Broker;
const sockets: WebSocket[] = [];
const sent: number[] = []; // the first bytes of frames: every packet leaves in its own

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

beforeAll(async () => {
  // what Paho finds in a browser
  const kept = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  class Socket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
    override send(data: never): void {
      sent.push(new Uint8Array(data)[0]! >> 4);
      super.send(data);
    }
  }
  vi.stubGlobal('localStorage', localStorage);
  vi.stubGlobal('WebSocket', Socket);
  // @ts-expect-error it comes without types
  Client = ((await import('paho-mqtt')) as unknown as { default: { Client: typeof Client } }).default.Client;
  return () => vi.unstubAllGlobals();
});
beforeEach(async () => {
  broker = await startBroker();
  hosts.set('wss://broker.example', broker.url);
  sent.length = 0;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await broker.close();
  vi.unstubAllEnvs();
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function connected(options: object = {}): Promise<{ client: PahoClient; lost: string[] }> {
  const client = new Client(broker.url, 'lamp');
  const lost: string[] = [];
  client.onConnectionLost = ({ errorMessage }) => void lost.push(errorMessage);
  await new Promise((onSuccess) => client.connect({ onSuccess, ...options }));
  return { client, lost };
}

const subscribed = (client: PahoClient, filter: string) =>
  new Promise((onSuccess) => client.subscribe(filter, { qos: 1, onSuccess }));

it('the two programs print the same, but for the words of the end', async () => {
  vi.stubEnv('BROKER_URL', broker.url);
  // @ts-expect-error JavaScript, without types
  const before = await outputOf(() => import('../../examples/from-paho/before.js'));
  const after = await outputOf(() => import('../../examples/from-paho/after.ts'));
  const events = ['delivered rooms/kitchen/light', 'rooms/kitchen/light on false'];
  for (const lines of [before, after]) {
    expect(lines.slice(0, 2).sort()).toEqual(events);
    expect(lines[2]).toMatch(/^not online/);
    expect(lines).toHaveLength(3);
  }
});

describe('Paho for JavaScript', () => {
  it('acknowledges a message before its callback, and loses the connection when the callback throws', async () => {
    const { client, lost } = await connected();
    const order: unknown[] = [];
    client.onMessageArrived = () => {
      order.push(...sent.slice(-1));
      throw new Error('the callback failed');
    };
    await subscribed(client, 'a');
    client.send('a', 'x', 1);
    await vi.waitFor(() => expect(lost).toHaveLength(1));
    expect(order).toEqual([4]); // PUBACK
    expect(lost[0]).toContain('the callback failed');
  });

  it('forgets its subscriptions, and what was not acknowledged, with a connection of a clean session', async () => {
    const { client } = await connected({ reconnect: true });
    const again = new Promise((resolve) => {
      client.onConnected = resolve;
    });
    const arrived: string[] = [];
    const delivered: string[] = [];
    client.onMessageArrived = ({ destinationName }) => void arrived.push(destinationName);
    client.onMessageDelivered = ({ destinationName }) => void delivered.push(destinationName);
    await subscribed(client, 'a');
    broker.aedes.authorizePublish = () => {}; // it never answers
    client.send('b', 'x', 1);
    await pause(20);
    broker.aedes.authorizePublish = (_client, _packet, done) => done(null);
    broker.cut();
    expect(await again).toBe(true);
    client.send('a', 'x', 1);
    await vi.waitFor(() => expect(delivered).toEqual(['a']));
    await pause(50);
    expect([arrived, delivered]).toEqual([[], ['a']]);
  });

  it('throws when it is not connected, for send() and for subscribe()', () => {
    const client = new Client(broker.url, 'lamp');
    expect(() => client.send('a', 'x')).toThrow('not connected');
    expect(() => client.subscribe('a')).toThrow('not connected');
    expect(() => client.disconnect()).toThrow('not connecting or connected');
  });

  it('does not wait for acknowledgements when it disconnects, and calls onConnectionLost', async () => {
    const { client, lost } = await connected();
    const delivered = vi.fn();
    client.onMessageDelivered = delivered;
    client.send('a', 'x', 1);
    client.disconnect();
    await pause(50);
    expect(lost).toEqual(['AMQJSC0000I OK.']);
    expect(delivered).not.toHaveBeenCalled();
  });

  it('tries MQTT 3.1 when the first attempt fails', async () => {
    const offered: string[] = [];
    class Refused {
      onclose = () => {};
      constructor(_url: string, protocols: string[]) {
        offered.push(...protocols);
        setTimeout(() => this.onclose(), 1);
      }
    }
    const { WebSocket: Stubbed } = globalThis;
    vi.stubGlobal('WebSocket', Refused);
    const failed = vi.fn();
    new Client('ws://127.0.0.1:1/mqtt', 'lamp').connect({ onFailure: failed });
    await vi.waitFor(() => expect(failed).toHaveBeenCalled());
    vi.stubGlobal('WebSocket', Stubbed);
    expect(offered).toEqual(['mqtt', 'mqttv3.1']);
  });
});
