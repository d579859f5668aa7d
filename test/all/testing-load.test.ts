// The broker of mqtt311/testing under load, over WebSocket: what it keeps in memory, and that it goes on serving others.
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  connect,
  Decoder,
  encode,
  type Packet,
  PacketType,
  pingreq,
  puback,
  type QoS,
  subscribe,
} from '../../src/codec/codec.ts';
import { message } from '../testing/raw.ts';
import { type OwnBroker, startOwn } from './interop/own.ts';

const MANY = 100_000;
const MEGABYTE = 1_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are in use, in the heap and beside it: those of buffers are freed a turn later. */
async function inUse(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    collect();
    await nextTurn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let own: OwnBroker;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await own.stop();
});

/** A client that has subscribed, and acknowledges messages of QoS 1. */
class Client {
  readonly messages: string[] = [];
  pings = 0;
  private readonly decoder = new Decoder();
  private readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (bytes) => this.receive(new Uint8Array(bytes as ArrayBuffer)));
  }

  static async open(clientId: string, topicFilter: string, qos: QoS): Promise<Client> {
    const socket = new WebSocket(own.url('ws'), 'mqtt');
    socket.binaryType = 'arraybuffer';
    sockets.push(socket);
    await once(socket, 'open');
    const client = new Client(socket);
    const ready = own.broker.until('session', (event) => event.clientId === clientId && event.change === 'subscribed');
    client.send(connect({ clientId, keepAlive: 0 }), subscribe({ packetId: 1, subscriptions: [{ topicFilter, qos }] }));
    await ready;
    return client;
  }

  /** In one frame. */
  send(...packets: Packet[]): void {
    this.sendFrame(packets.map(encode));
  }

  sendFrame(pieces: readonly Uint8Array[]): void {
    this.socket.send(Buffer.concat(pieces));
  }

  /** Resolves when the broker has taken all that was sent before. */
  async roundTrip(): Promise<void> {
    const before = this.pings;
    this.send(pingreq());
    await expect.poll(() => this.pings, { interval: 1, timeout: 30_000 }).toBe(before + 1);
  }

  stopReading(): void {
    this.socket.pause();
  }

  goOn(): void {
    this.socket.resume();
  }

  private receive(chunk: Uint8Array): void {
    this.decoder.push(chunk);
    for (let packet = this.decoder.read(); packet; packet = this.decoder.read()) {
      if (packet.type === PacketType.PINGRESP) this.pings += 1;
      if (packet.type !== PacketType.PUBLISH) continue;
      this.messages.push(Buffer.from(packet.payload.slice(0, 6)).toString().trimEnd());
      if (packet.qos > 0) this.send(puback(packet.packetId));
    }
  }
}

/** Two thousand bytes that begin with this number. */
const payloadOf = (i: number) => `${i}`.padEnd(2_000);

it.each([0, 1] as const)(
  'keeps 35 MB at most, and serves others, while a subscriber does not read and 200 MB of QoS %i come for it',
  async (qos) => {
    own = await startOwn();
    const dropped: string[] = [];
    own.broker.on('session', ({ change, clientId }) => void (change === 'dropped' && dropped.push(clientId)));
    const slow = await Client.open('slow', 'a', qos);
    const other = await Client.open('other', 'b', 1);
    const before = await inUse();
    slow.stopReading();
    for (let i = 0; i < MANY; i++) {
      own.broker.publish('a', payloadOf(i), { qos });
      if (i % 1_000 === 0) await other.roundTrip();
    }
    const grown = (await inUse()) - before;
    console.log(`slow reader, QoS ${qos}: ${(grown / MEGABYTE).toFixed(1)} MB more, ${dropped.length} dropped`);
    expect(grown).toBeLessThan(35 * MEGABYTE);
    expect(new Set(dropped)).toEqual(new Set(['slow']));
    slow.goOn();
    await expect.poll(() => slow.messages.length, { timeout: 30_000 }).toBe(MANY - dropped.length);
    // Of QoS 0 the oldest have gone, and of QoS 1 the newest.
    expect(slow.messages[0]).toBe('0');
    if (qos === 0) expect(slow.messages.at(-1)).toBe(`${MANY - 1}`);
    else expect(slow.messages.at(-1)).toBe(`${10_000 + 20 - 1}`);
  },
);

it('serves 1,000 connections at once, with less than 100 kB for both ends of each', async () => {
  own = await startOwn();
  const before = await inUse();
  const ids = Array.from({ length: 1_000 }, (_, i) => `c${i}`);
  const clients = await Promise.all(ids.map((id) => Client.open(id, id, 1)));
  for (const id of ids) own.broker.publish(id, id, { qos: 1 });
  await expect.poll(() => clients.map(({ messages }) => messages.join()), { timeout: 30_000 }).toEqual(ids);
  await expect.poll(() => ids.filter((id) => own.broker.sessions.get(id)!.inflight.size > 0)).toEqual([]);
  const each = ((await inUse()) - before) / ids.length;
  console.log(`1,000 connections: ${(each / 1_000).toFixed(1)} kB each`);
  expect(each).toBeLessThan(100_000);
});

it.each([0, 1] as const)(
  'gives a new subscriber 10,000 of 100,000 retained messages at QoS %i, and tells of the others',
  async (qos) => {
    own = await startOwn();
    for (let i = 0; i < MANY; i++) own.broker.publish(`kept/${i}`, `${i}`, { qos, retain: true });
    const dropped: string[] = [];
    own.broker.on('session', ({ change, clientId }) => void (change === 'dropped' && dropped.push(clientId)));
    const other = await Client.open('other', 'b', 1);
    const before = await inUse();
    const flooded = await Client.open('flooded', '#', qos);
    const grown = (await inUse()) - before;
    await other.roundTrip();
    await expect.poll(() => flooded.messages.length, { timeout: 30_000 }).toBe(MANY - dropped.length);
    console.log(`retained, QoS ${qos}: ${(grown / MEGABYTE).toFixed(1)} MB more, ${dropped.length} dropped`);
    expect(flooded.messages.length).toBeGreaterThanOrEqual(10_000);
    expect(grown).toBeLessThan(10 * MEGABYTE);
  },
);

it('takes 200,000 messages in one frame', async () => {
  own = await startOwn();
  const client = await Client.open('fast', 'b', 1);
  const messages = new Array(200_000).fill(encode(message('a', 'x')));
  client.sendFrame([...messages, encode(message('b', 'last'))]);
  await client.roundTrip();
  expect(client.messages).toEqual(['last']);
});
