// What is published before the store is loaded, as createClient allows.
import { MemoryLevel } from 'memory-level';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConnectOptions, createClient } from '../../src/index.node.ts';
import { levelStore } from '../../src/session/level.ts';
import { type Broker, startBroker } from '../support/broker.ts';

const NOWHERE = 'ws://127.0.0.1:1';

function create(url: string, database: MemoryLevel, options?: ConnectOptions) {
  const store = levelStore(database as never);
  const client = createClient(url, { clientId: 'c', cleanSession: false, store, ...options });
  client.on('error', () => {});
  return client;
}

describe('a publish before the store is loaded', () => {
  let broker: Broker;
  const topics: string[] = [];
  beforeEach(async () => {
    broker = await startBroker();
    topics.length = 0;
    broker.aedes.on('publish', ({ topic }) => topic.startsWith('$') || topics.push(topic));
  });
  afterEach(() => broker.close());

  it('is kept in a new store, and sent', async () => {
    const client = create(broker.url, new MemoryLevel());
    await client.publish('a', 'x', { qos: 1 });
    await client.close();
    expect(topics).toEqual(['a']);
  });

  it.each([1, 2] as const)('follows what an earlier process has left, with QoS %i', async (qos) => {
    const database = new MemoryLevel();
    const first = create(NOWHERE, database);
    await vi.waitFor(async () => expect(await database.keys().all()).toContain('owner'));
    first.publish('old', 'x', { qos }).catch(() => {});
    await first.close({ drain: 0 });
    const second = create(broker.url, database);
    await second.publish('new', 'x', { qos });
    await second.close();
    expect(topics).toEqual(['old', 'new']);
    expect(await database.keys().all()).toEqual(['owner']);
  });

  it('is kept although the client is closed at once, and beforeConnect has no network', async () => {
    const database = new MemoryLevel();
    const client = create(NOWHERE, database, { beforeConnect: () => Promise.reject(new Error('no network')) });
    client.publish('a', 'x', { qos: 1 }).catch(() => {});
    await client.close({ drain: 0 });
    expect(await database.keys().all()).toEqual(['out/00000000001', 'owner']);
  });

  it('goes nowhere where beforeConnect names another client id than the owner of the store', async () => {
    const client = create(broker.url, new MemoryLevel(), { beforeConnect: () => ({ clientId: 'other' }) });
    await expect(client.ready).rejects.toThrow("the store belongs to client id 'c', not to 'other'");
  });
});
