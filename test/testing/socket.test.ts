// The broker behind a server of `ws`: MQTT.js, which is not ours, our client, and sockets that break the rules.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect as connectPacket, encode, type Packet, PacketType, pingreq } from '../../src/codec/codec.ts';
import { connect } from '../../src/index.node.ts';
import { type Broker, type BrokerOptions, createBroker, type SocketLike } from '../../src/testing/testing.ts';
import { settled } from '../support/fake-clock.ts';
import { startBroker } from './raw.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function serve(options: BrokerOptions = {}): Promise<{ broker: Broker; url: string }> {
  const broker = createBroker(options);
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => broker.accept(socket));
  await once(server, 'listening');
  closing.push(
    () => server.close(),
    () => broker.close(),
  );
  return { broker, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt` };
}

async function foreign(url: string, options: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 5, ...options });
  closing.push(() => client.end(true));
  return client;
}

const lost = (broker: Broker) =>
  broker.until('connection', ({ state, error }) => state === 'closed' && error !== undefined);

describe('accept()', () => {
  it('serves MQTT.js: all QoS, retained messages, wills', async () => {
    const { broker, url } = await serve();
    const will = { topic: 'will', payload: Buffer.from('gone'), qos: 2 as const, retain: true };
    const sender = await foreign(url, { clientId: 'sender', will });
    const receiver = await foreign(url);
    const got: string[] = [];
    receiver.on('message', (topic, payload, { qos, retain }) => got.push(`${topic} ${payload} ${qos} ${retain}`));
    await sender.publishAsync('kept', 'k', { qos: 1, retain: true });
    expect(await receiver.subscribeAsync('#', { qos: 2 })).toMatchObject([{ topic: '#', qos: 2 }]);
    for (const qos of [0, 1, 2] as const) await sender.publishAsync('a', `${qos}`, { qos });
    broker.network.cut({ clientId: 'sender' });
    await expect.poll(() => got).toHaveLength(5);
    expect(got).toEqual(['kept k 1 true', 'a 0 0 false', 'a 1 1 false', 'a 2 2 false', 'will gone 2 false']);
    expect([...broker.retained.keys()]).toEqual(['kept', 'will']);
    expect(await receiver.unsubscribeAsync('#')).toBeDefined();
  });

  it('serves MQTT.js over lost connections: each QoS 2 message comes once', async () => {
    const { broker, url } = await serve();
    const receiver = await foreign(url);
    const got: string[] = [];
    receiver.on('message', (_, payload) => got.push(`${payload}`));
    await receiver.subscribeAsync('a', { qos: 2 });
    const sender = await foreign(url, { clientId: 'sender', clean: false });
    const types = ['PUBLISH', 'PUBREC', 'PUBREL', 'PUBCOMP'] as const;
    for (const type of types)
      for (const at of ['before', 'inside', 'behind'] as const) {
        broker.network.cut({ clientId: 'sender', type: PacketType[type], at });
        await sender.publishAsync('a', `${type} ${at}`, { qos: 2 });
      }
    await receiver.publishAsync('a', 'end', { qos: 2 });
    await expect.poll(() => got.at(-1)).toBe('end');
    expect(got).toEqual([
      ...types.flatMap((type) => ['before', 'inside', 'behind'].map((at) => `${type} ${at}`)),
      'end',
    ]);
  });

  it('tells MQTT.js why it is refused', async () => {
    const { url } = await serve({
      authenticate: ({ username, password }) => `${username}:${Buffer.from(password!)}` === 'me:right',
    });
    await expect(
      mqtt.connectAsync(url, { username: 'me', password: 'wrong', reconnectPeriod: 0 }),
    ).rejects.toMatchObject({ code: 4 });
    await foreign(url, { username: 'me', password: 'right' });
  });

  it('serves our own client over ws', async () => {
    const { url } = await serve();
    const client = await connect(url);
    const subscription = await client.subscribe('a');
    await client.publish('a', 'hello');
    for await (const { payload } of subscription) {
      expect(Buffer.from(payload).toString()).toBe('hello');
      break;
    }
    await client.close();
  });

  it('ends a connection with a text frame [MQTT-6.0.0-1]', async () => {
    const { broker, url } = await serve();
    const ended = lost(broker);
    const socket = new WebSocket(url, 'mqtt');
    await once(socket, 'open');
    socket.send('text');
    expect((await ended).error).toMatchObject({ clause: 'MQTT-6.0.0-1' });
    await once(socket, 'close');
  });

  it('ends a connection of another subprotocol [MQTT-6.0.0-4]', async () => {
    const { broker, url } = await serve();
    for (const protocols of [[], ['other']]) {
      const ended = lost(broker);
      const socket = new WebSocket(url, protocols);
      await once(socket, 'close');
      expect((await ended).error).toMatchObject({ clause: 'MQTT-6.0.0-4' });
    }
  });

  it('keeps packets back while the client does not read, and hands them over when it does or when the broker goes', async () => {
    const { broker, clock } = startBroker();
    const sent: number[] = []; // types of packets
    const socket: SocketLike & { bufferedAmount: number } = {
      bufferedAmount: 0,
      onmessage: null,
      send: ([first]: Uint8Array) => void sent.push(first! >> 4),
      close: () => void sent.push(0),
    };
    broker.accept(socket);
    const say = async (packet: Packet) => {
      socket.onmessage!({ data: encode(packet).slice().buffer } as never);
      await settled();
    };
    await say(connectPacket({ clientId: 'slow' }));
    socket.bufferedAmount = 1_000_001;
    await say(pingreq());
    await clock.advance(10);
    expect(sent).toEqual([2]);
    socket.bufferedAmount = 1_000_000;
    await clock.advance(10);
    expect(sent).toEqual([2, 13]);
    socket.bufferedAmount = 1_000_001;
    await say(pingreq());
    broker.close();
    await clock.advance(10);
    expect(sent).toEqual([2, 13, 13, 0]);
  });

  it('keeps no more of a frame than the message that is retained', async () => {
    const { broker, url } = await serve();
    const sender = await foreign(url);
    await sender.publishAsync('big', Buffer.alloc(10_000));
    await sender.publishAsync('kept', 'k', { qos: 1, retain: true });
    expect(broker.retained.get('kept')!.payload.buffer.byteLength).toBe(1);
  });

  it('closes a socket that comes while there is no network, or no broker', async () => {
    const { broker, url } = await serve();
    broker.network.unplug();
    await once(new WebSocket(url, 'mqtt'), 'close');
    broker.close();
    await once(new WebSocket(url, 'mqtt'), 'close');
  });
});
