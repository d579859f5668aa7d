// Slow links between real sockets: keep-alive counts the bytes that go over them in the middle of a frame.
import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { connack, Decoder, encode, PacketType, pingresp, puback, publish, suback } from '../../src/codec/codec.ts';
import { connect } from '../../src/index.node.ts';

const MEBIBYTE = 0x10_0000;

describe('over ws', () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  /** A broker that answers what these tests send, behind a link that carries this many bytes a second. */
  async function serve(speed: number, message: Uint8Array): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'mqtt' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      const decoder = new Decoder();
      socket.on('message', (chunk: Buffer) => {
        decoder.push(chunk);
        for (let packet = decoder.read(); packet; packet = decoder.read()) {
          if (packet.type === PacketType.CONNECT) socket.send(encode(connack()));
          if (packet.type === PacketType.PINGREQ) socket.send(encode(pingresp()));
          if (packet.type === PacketType.PUBLISH) socket.send(encode(puback(packet.packetId)));
          if (packet.type !== PacketType.SUBSCRIBE) continue;
          socket.send(encode(suback({ packetId: packet.packetId, returnCodes: [0] })));
          socket.send(message);
        }
      });
    });
    const link = createServer((near) => {
      const far = connectSocket((server.address() as AddressInfo).port, '127.0.0.1');
      const timers = [pump(near, far, speed), pump(far, near, speed)];
      for (const socket of [near, far])
        socket
          .on('error', () => {})
          .on('close', () => {
            for (const timer of timers) clearInterval(timer);
            near.destroy();
            far.destroy();
          });
    });
    await once(link.listen(0, '127.0.0.1'), 'listening');
    closers.push(() => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      link.close();
    });
    return `ws://127.0.0.1:${(link.address() as AddressInfo).port}`;
  }

  function pump(from: Socket, to: Socket, speed: number): NodeJS.Timeout {
    from.pause();
    let last = performance.now();
    return setInterval(() => {
      const now = performance.now();
      const most = Math.floor(((now - last) / 1000) * speed);
      last = now;
      from.read(0); // a paused socket would not begin
      const chunk = from.readableLength > 0 && from.read(Math.min(most, from.readableLength));
      if (chunk) to.write(chunk);
    }, 10);
  }

  it('receives a message that takes several keep alives', async () => {
    const message = encode(publish({ topic: 'a', payload: new Uint8Array(MEBIBYTE) }));
    const client = await connect(await serve(MEBIBYTE / 4, message), { keepAlive: 1, reconnect: false });
    const length = await new Promise((resolve, reject) => {
      client.on('error', reject);
      client.subscribe('a', {}, ({ payload }) => resolve(payload.length)).catch(reject);
    });
    expect(length).toBe(MEBIBYTE);
    await client.close();
  }, 30_000);

  it('sends a message that takes several keep alives', async () => {
    // The kernels take the first 10 MiB or so at once, and from then on as much as the link carries: pingTimeout is for them.
    const url = await serve(8 * MEBIBYTE, new Uint8Array(0));
    const client = await connect(url, { keepAlive: 1, pingTimeout: 2_000, reconnect: false });
    await client.publish('a', new Uint8Array(40 * MEBIBYTE), { qos: 1 });
    await client.close();
  }, 60_000);
});
