// Tabs of one page in one process: their channel is Node's, their lock is that of the test.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { join, type Tab, type TabMessage } from '../../examples/tabs.ts';
import { PacketType, type PublishPacket, puback, publish, suback } from '../../src/codec/codec.ts';
import { type Connection, fate, Network } from '../support/fake-network.ts';
import { bytes } from '../support/hex.ts';

/** One lock, as browsers have it: the first in the queue has it until its promise settles; who waits may leave. */
class Locks {
  private readonly queue: (() => Promise<void>)[] = [];

  request(_name: string, { signal }: { signal: AbortSignal }, callback: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () =>
        callback().then(() => {
          resolve();
          this.queue.shift();
          void this.queue[0]?.();
        });
      if (this.queue.push(turn) === 1) void turn();
      signal.addEventListener('abort', () => {
        const place = this.queue.indexOf(turn);
        if (place < 1) return; // it has the lock
        this.queue.splice(place, 1);
        reject(signal.reason);
      });
    });
  }
}

let locks: Locks;
let tabs: Tab[];

beforeEach(() => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  locks = new Locks();
  tabs = [];
  return () => warn.mockRestore();
});
afterEach(() => {
  for (const tab of tabs) tab.leave();
});

function open(): { network: Network; seen: TabMessage[]; tab: Tab } {
  const network = new Network();
  const seen: TabMessage[] = [];
  const { clock, transport } = network;
  const tab = join('ws://b.test', 'news/#', (m) => void seen.push(m), { clock, transport }, locks as never);
  tabs.push(tab);
  return { network, seen, tab };
}

/** Acknowledges the next publishes, in the order of their topics, which it returns. */
async function acknowledge(connection: Connection, count: number): Promise<string[]> {
  const publishes: PublishPacket[] = [];
  await vi.waitFor(async () => {
    for (const packet of await connection.taken()) if (packet.type === PacketType.PUBLISH) publishes.push(packet);
    expect(publishes).toHaveLength(count);
  });
  for (const { packetId } of publishes) await connection.give(puback(packetId));
  return publishes.map(({ topic }) => topic).sort();
}

/** The connection of a tab, accepted, and its subscription granted. */
async function accept({ network }: { network: Network }): Promise<Connection> {
  await vi.waitFor(() => expect(network.connections).toHaveLength(1));
  const connection = await network.accept();
  const asked = connection.packets.find(({ type }) => type === PacketType.SUBSCRIBE);
  if (asked?.type !== PacketType.SUBSCRIBE) throw new Error('a SUBSCRIBE must come first');
  await connection.give(suback({ packetId: asked.packetId, returnCodes: [1] }));
  return connection;
}

const news = publish({ topic: 'news/1', payload: bytes('68 69') });

it('connects in one tab, and tells every tab what comes', async () => {
  const [first, second, third] = [open(), open(), open()];
  const connection = await accept(first);
  await connection.give(news);
  const expected = [{ topic: 'news/1', text: 'hi' }];
  await vi.waitFor(() => expect([second.seen, third.seen]).toEqual([expected, expected]));
  expect(first.seen).toEqual(expected);
  expect([...second.network.connections, ...third.network.connections]).toEqual([]);
  first.tab.leave();
  await vi.waitFor(() => expect(connection.packets.at(-1)?.type).toBe(PacketType.DISCONNECT));
});

it('publishes for the other tabs, and tells the one that asked when the broker has the message', async () => {
  const [first, second] = [open(), open()];
  const connection = await accept(first);
  const published = second.tab.publish('news/2', 'hello');
  await vi.waitFor(() => expect(connection.packets.at(-1)).toMatchObject({ topic: 'news/2', qos: 1 }));
  expect(await fate(published)).toBe('pending');
  await acknowledge(connection, 1);
  await published;
});

it('connects in the next tab when the one with the client goes, and publishes there what was not acknowledged', async () => {
  const [first, second, third] = [open(), open(), open()];
  const connection = await accept(first);
  const published = third.tab.publish('news/3', 'hello');
  await vi.waitFor(() => expect(connection.packets.at(-1)).toMatchObject({ topic: 'news/3' }));
  second.tab.leave(); // one that only waits: the lock goes past it
  first.tab.leave();
  await connection.cut(1000); // its close() waits for an acknowledgement, and this connection is over
  expect(await acknowledge(await accept(third), 1)).toEqual(['news/3']);
  await published;
  expect(second.network.connections).toEqual([]);
});

it('publishes what was asked for before any tab had the client', async () => {
  let give = () => {};
  const later = new Promise<void>((resolve) => {
    give = resolve;
  });
  void locks.request('mqtt', { signal: new AbortController().signal }, () => later); // a tab that is about to go
  const [first, second] = [open(), open()];
  const published = [first.tab.publish('news/1', 'a'), second.tab.publish('news/2', 'b')];
  await new Promise((resolve) => setTimeout(resolve, 20)); // nobody answers on the channel
  give();
  expect(await acknowledge(await accept(first), 2)).toEqual(['news/1', 'news/2']);
  await Promise.all(published);
});
