// The entry for browsers: the platform's own WebSocket, and what a page knows about its connection.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connack, encode, PacketType } from '../../src/codec/codec.ts';
import { type Client, connect } from '../../src/index.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';
import { fate, Network } from '../support/fake-network.ts';

const listeners = new Map<string, () => void>();

/** A browser's WebSocket that accepts at once. */
class PageSocket {
  static made: unknown[][] = [];
  readyState = 0;
  protocol = 'mqtt';
  onopen = () => {};
  onmessage = (_: { data: ArrayBuffer }) => {};
  onclose = (_: object) => {};
  constructor(...made: unknown[]) {
    PageSocket.made.push(made);
    setImmediate(() => {
      this.readyState = 1;
      this.onopen();
    });
  }
  send([first]: Uint8Array): void {
    if (first! >> 4 === PacketType.CONNECT) this.onmessage({ data: encode(connack()).buffer as ArrayBuffer });
  }
  close(): void {
    this.onclose({ code: 1000 });
  }
}

beforeEach(() => {
  PageSocket.made = [];
  listeners.clear();
  vi.stubGlobal('WebSocket', PageSocket);
  vi.stubGlobal('addEventListener', (type: string, listener: () => void) => listeners.set(type, listener));
  vi.stubGlobal('removeEventListener', (type: string) => listeners.delete(type));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

it("connects over the page's own WebSocket, found when it is needed", async () => {
  const client = await connect('wss://broker.test/mqtt', { clock: new FakeClock() });
  expect(PageSocket.made).toStrictEqual([['wss://broker.test/mqtt', ['mqtt']]]);
  await client.close();
});

it('looks at the connection when the page comes back, or the network, until the client is closed', async () => {
  const client: Client = await connect({ url: 'ws://h', clock: new FakeClock() });
  const sent: number[] = [];
  client.on('packet', (direction, { type }) => direction === 'sent' && sent.push(type));
  for (const type of ['online', 'visibilitychange']) {
    listeners.get(type)!();
    await settled();
  }
  expect(sent).toStrictEqual([PacketType.PINGREQ, PacketType.PINGREQ]);
  await client.close();
  expect(listeners.size).toBe(0);
});

it('says so where there is no WebSocket, and does without one where there is a transport', async () => {
  vi.stubGlobal('WebSocket', undefined);
  vi.stubGlobal('addEventListener', undefined);
  expect(await fate(connect('ws://h'))).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('no WebSocket'),
  });
  const network = new Network();
  const connecting = connect('ws://h', { transport: network.transport, clock: network.clock });
  await network.accept();
  expect((await connecting).state).toBe('online');
});

it('hands webSocketOptions to a WebSocket that takes them, and refuses them where it does not', async () => {
  const options = { clock: new FakeClock(), webSocketOptions: { headers: { token: 't' } } };
  const client = await connect('ws://h', options);
  expect(PageSocket.made).toStrictEqual([['ws://h', { headers: { token: 't' }, protocols: ['mqtt'] }]]);
  await client.close();
  class BrowserSocket {
    constructor(_: string, protocols: unknown) {
      // what a browser makes of an object that is not a list: a subprotocol with spaces
      if (!Array.isArray(protocols))
        throw Object.assign(new Error('[object Object] is invalid'), { name: 'SyntaxError' });
    }
  }
  vi.stubGlobal('WebSocket', BrowserSocket);
  expect(await fate(connect('ws://h', options))).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('webSocketOptions'),
  });
});

it('takes an undefined transport for none', async () => {
  const client = await connect('ws://h', { clock: new FakeClock(), transport: undefined });
  expect(client.state).toBe('online');
  await client.close();
});

it('asks for a url when it gets none', async () => {
  for (const args of [[], [{}], [undefined, {}]])
    expect(await fate((connect as (...args: unknown[]) => Promise<Client>)(...args))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('url must begin with ws:// or wss://'),
    });
});
