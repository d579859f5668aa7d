// The example for Alipay's mini programs, in one file, where there is little but a `my` that does as Alipay's documents say.
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client } from '../src/client/client.ts';
import { connack, Decoder, encode, type Packet, PacketType, puback, publish } from '../src/codec/codec.ts';
import { bytes, hex } from './support/hex.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a machine may be busy

const base64Of = (data: Uint8Array) => Buffer.from(data).toString('base64');

/** How versions of the app hand a message over. */
const MESSAGES = {
  'as the types say, as base64': (data: Uint8Array) => ({ data: { data: base64Of(data), isBuffer: true } }),
  'as the documents say, as base64': (data: Uint8Array) => ({ data: base64Of(data), isBuffer: true }),
  'as the types say, as an ArrayBuffer': (data: Uint8Array) => ({
    data: { data: data.slice().buffer, isBuffer: true },
  }),
  'as an ArrayBuffer': (data: Uint8Array) => ({ data: data.slice().buffer }),
};
type Shape = (data: Uint8Array) => object;

/** What `my.connectSocket` returns with `multiple`, and a broker behind it. */
class SocketTask {
  readonly packets: Packet[] = [];
  end: object | undefined;
  private readonly shape: Shape;
  private readonly decoder = new Decoder();
  private readonly listeners: { [event: string]: (value: object) => void } = {};
  readonly onOpen = this.listenTo('open');
  readonly onMessage = this.listenTo('message');
  readonly onError = this.listenTo('error');
  readonly onClose = this.listenTo('close');

  constructor(shape: Shape) {
    this.shape = shape;
  }

  private listenTo(event: string): (listener: (value: object) => void) => void {
    return (listener) => {
      this.listeners[event] = listener;
    };
  }

  tell(event: string, value: object = { data: { socketTaskID: '1' } }): void {
    setImmediate(() => this.listeners[event]!(value));
  }

  send({ data, isBuffer }: { data: unknown; isBuffer?: unknown }): void {
    expect([typeof data, isBuffer]).toEqual(['string', true]); // anything else leaves as a text frame
    this.decoder.push(Buffer.from(data as string, 'base64'));
    for (let packet = this.decoder.read(); packet !== undefined; packet = this.decoder.read()) {
      this.packets.push(packet);
      if (packet.type === PacketType.CONNECT) this.answer(connack());
      if (packet.type === PacketType.PUBLISH) this.answer(puback(packet.packetId));
    }
  }

  answer(packet: Packet): void {
    this.tell('message', this.shape(encode(packet)));
  }

  close(options: object): void {
    this.end = options;
    this.tell('close');
  }
}

const EXPECTED_OPTIONS = { url: 'wss://broker.test/mqtt', protocols: ['mqtt'], multiple: true };

let script = '';

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ['examples/alipay.ts'],
    bundle: true,
    format: 'cjs',
    target: 'es2018',
    write: false,
  });
  script = outputFiles[0]!.text;
});

/** A program on a phone: the client that the example makes, the sockets that it opened, and what wakes it. */
async function useAlipay(shape: Shape): Promise<{ client: Client; sockets: SocketTask[]; show: () => void }> {
  const sockets: SocketTask[] = [];
  let show = () => {};
  const my = {
    connectSocket({ url, protocols, multiple }: { url: string; protocols: string[]; multiple?: boolean }) {
      expect({ url, protocols: [...protocols], multiple }).toEqual(EXPECTED_OPTIONS);
      const socket = new SocketTask(shape);
      sockets.push(socket);
      socket.tell('open');
      return socket;
    },
    arrayBufferToBase64: (buffer: ArrayBuffer) => base64Of(new Uint8Array(buffer)),
    base64ToArrayBuffer: (text: string) => new Uint8Array(Buffer.from(text, 'base64')).buffer,
    onNetworkStatusChange: () => {},
    onAppShow: (listener: () => void) => {
      show = listener;
    },
  };
  const module = { exports: {} };
  // nothing else that a platform has: no WebSocket, no TextEncoder, no URL, no crypto, no Blob
  runInContext(script, createContext({ my, module, setTimeout, clearTimeout }));
  const { start } = module.exports as typeof import('../examples/alipay.ts');
  const client = await start({ url: 'wss://broker.test/mqtt', clientId: 'phone', reconnect: { minDelay: 1 } });
  return { client, sockets, show: () => show() };
}

describe('the example for Alipay', () => {
  it.each(Object.entries(MESSAGES))('publishes, receives and closes when messages come %s', async (_, shape) => {
    const { client, sockets, show } = await useAlipay(shape);
    const received: string[] = [];
    client.on('unrouted', ({ payload }) => received.push(hex(payload)));
    await client.publish('t', '温度', { qos: 1 });
    sockets[0]!.answer(publish({ topic: 't', payload: bytes('00 80 ff fe') })); // no text has these
    show();
    await vi.waitFor(() => expect(received).toEqual(['00 80 ff fe']));
    await client.close();
    const types = sockets[0]!.packets.map(({ type }) => type);
    expect(types).toEqual([PacketType.CONNECT, PacketType.PUBLISH, PacketType.PINGREQ, PacketType.DISCONNECT]);
    expect(sockets).toHaveLength(1);
  });

  it('ends the connection, and makes another one, when a text frame comes', async () => {
    const { client, sockets } = await useAlipay(MESSAGES['as the types say, as base64']);
    const causes: unknown[] = [];
    client.on('state', (state, cause) => state === 'waiting' && causes.push((cause as Error).cause));
    sockets[0]!.tell('message', { data: { data: 'hello', isBuffer: false } });
    await vi.waitFor(() => expect(sockets[1]?.packets).toHaveLength(1));
    expect(causes).toEqual(['a text frame [MQTT-6.0.0-1]']);
    expect({ ...sockets[0]!.end }).toEqual({ code: 1000 });
    await client.close();
  });

  it('makes another connection when the socket fails', async () => {
    const { client, sockets } = await useAlipay(MESSAGES['as the types say, as base64']);
    const causes: unknown[] = [];
    client.on('state', (state, cause) => state === 'waiting' && causes.push((cause as Error).cause));
    sockets[0]!.tell('error', { data: { socketTaskID: '1' }, error: 6 });
    await vi.waitFor(() => expect(sockets[1]?.packets).toHaveLength(1));
    expect(causes).toEqual(['my.connectSocket: error 6']);
    await client.close();
  });
});
