// The example for mini programs, bundled as its page says, where there is little but `wx`.
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it, vi } from 'vitest';
import { connack, Decoder, encode, type Packet, PacketType, puback } from '../src/codec.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a machine may be busy

/** What `wx.connectSocket` returns: it sends whole buffers, and tells listeners. */
class SocketTask {
  readonly frames: Uint8Array[] = [];
  readonly packets: Packet[] = [];
  private readonly decoder = new Decoder();
  private readonly listeners: { [event: string]: (value: object) => void } = {};

  readonly onOpen = this.listenTo('open');
  readonly onMessage = this.listenTo('message');
  readonly onError = this.listenTo('error');
  readonly onClose = this.listenTo('close');

  private listenTo(event: string): (listener: (value: object) => void) => void {
    return (listener) => {
      this.listeners[event] = listener;
    };
  }

  tell(event: string, value: object = {}): void {
    setImmediate(() => this.listeners[event]!(value));
  }

  send({ data }: { data: ArrayBuffer }): void {
    this.frames.push(new Uint8Array(data));
    this.decoder.push(new Uint8Array(data));
    for (let packet = this.decoder.read(); packet !== undefined; packet = this.decoder.read()) {
      this.packets.push(packet);
      if (packet.type === PacketType.CONNECT) this.answer(connack());
      if (packet.type === PacketType.PUBLISH) this.answer(puback(packet.packetId));
    }
  }

  answer(packet: Packet): void {
    this.tell('message', { data: encode(packet).slice().buffer });
  }

  close(): void {
    this.tell('close', { code: 1000 });
  }
}

async function loadExample(wx: object): Promise<typeof import('../examples/wechat.ts')> {
  const { outputFiles } = await build({
    entryPoints: ['examples/wechat.ts'],
    bundle: true,
    format: 'cjs',
    target: 'es2018',
    write: false,
  });
  const module = { exports: {} };
  // nothing else that a platform has: no WebSocket, no TextEncoder, no URL, no crypto
  runInContext(outputFiles[0]!.text, createContext({ wx, module, setTimeout, clearTimeout }));
  return module.exports as typeof import('../examples/wechat.ts');
}

it('connects, publishes, looks at its connection when the program comes back, and sends nothing but packets', async () => {
  const sockets: SocketTask[] = [];
  const asked: object[] = [];
  let show = () => {};
  const { start } = await loadExample({
    connectSocket: ({ url, protocols }: { url: string; protocols: string[] }) => {
      asked.push({ url, protocols: [...protocols] });
      const socket = new SocketTask();
      sockets.push(socket);
      socket.tell('open');
      return socket;
    },
    onNetworkStatusChange: () => {},
    onAppShow: (listener: () => void) => {
      show = listener;
    },
  });

  const client = await start({ url: 'wss://broker.test/mqtt', clientId: 'phone' });
  await client.publish('t', '温度', { qos: 1 });
  show();
  await client.close();

  expect(asked).toStrictEqual([{ url: 'wss://broker.test/mqtt', protocols: ['mqtt'] }]);
  const [socket] = sockets;
  expect(socket!.packets.map(({ type }) => type)).toStrictEqual([
    PacketType.CONNECT,
    PacketType.PUBLISH,
    PacketType.PINGREQ,
    PacketType.DISCONNECT,
  ]);
  const sent = socket!.frames.reduce((sum, { length }) => sum + length, 0);
  expect(sent).toBe(socket!.packets.reduce((sum, packet) => sum + encode(packet).length, 0));
});
