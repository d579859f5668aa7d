import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { describe, expect, it } from 'vitest';
import { type Packet, puback, pubcomp, publish, pubrec, pubrel, suback } from '../../src/codec/codec.ts';
import {
  type ByteStore,
  byteStore,
  levelStore,
  recordStore,
  type SessionRecord,
  StoreError,
} from '../../src/session/level.ts';
import type { SessionStore, StoreChange } from '../../src/session/store.ts';
import { deferred, fate, Network } from '../support/fake-network.ts';

const payload = new Uint8Array([7]);
const message = (topic: string, qos: 1 | 2, packetId: number, dup = false) =>
  publish({ topic, payload, qos, packetId, dup });

/** Bytes in memory: what a disk would hold after a crash. */
class Disk implements ByteStore {
  readonly entries = new Map<string, Uint8Array>();
  load(): Iterable<[string, Uint8Array]> {
    return this.entries;
  }
  write(changes: readonly (readonly [string, Uint8Array | undefined])[]): void {
    for (const [key, value] of changes)
      if (value === undefined) this.entries.delete(key);
      else this.entries.set(key, value);
  }
}

/** Resolves when the store has these records. */
function keep(store: SessionStore, ...records: SessionRecord[]): Promise<void> {
  for (const record of records) store.keep({ key: '' }, record);
  return new Promise((resolve, reject) => store.whenKept(resolve, reject));
}

/** The session of a client that lives in one process after the other: what the former did not close, it left. */
async function start(store: SessionStore, sessionPresent: boolean): Promise<{ network: Network; sent: Packet[] }> {
  const network = new Network();
  const connecting = network.connect({ cleanSession: false, store });
  await network.accept(sessionPresent);
  const sent = await network.connection.taken();
  const client = await connecting;
  network.listen(client);
  await network.clock.advance(0);
  return { network, sent };
}

describe('a durable session', () => {
  it('sends again, after a restart, what was not acknowledged, with DUP, in its order [MQTT-4.4.0-1]', async () => {
    const disk = new Disk();
    const before = new Network();
    const client = await before.online({ cleanSession: false, store: byteStore(disk), maxInflight: 2 });
    for (const [topic, qos] of [
      ['a', 1],
      ['b', 2],
      ['c', 2],
      ['d', 1],
      ['e', 1],
    ] as const)
      client.publish(topic, payload, { qos }).catch(() => {});
    await before.connection.taken();
    await before.connection.give(pubrec(3), pubrec(2)); // now their PUBRELs are what is sent next
    const { network, sent } = await start(byteStore(disk), true);
    expect(sent).toEqual([
      message('a', 1, 1, true),
      message('d', 1, 4, true),
      pubrel(3),
      pubrel(2),
      message('e', 1, 5),
    ]);
    await network.connection.give(puback(1), puback(4), pubcomp(3), pubcomp(2), puback(5));
    expect([...disk.entries.keys()]).toEqual(['owner']);
  });

  it('queues in the store while there is no connection, and sends in a later process', async () => {
    const disk = new Disk();
    const before = new Network();
    const client = await before.online({ cleanSession: false, store: byteStore(disk) });
    await before.connection.cut();
    for (const topic of ['a', 'b', 'c']) client.publish(topic, payload, { qos: 1 }).catch(() => {});
    await before.clock.advance(0);
    const { sent } = await start(byteStore(disk), false);
    expect(sent).toEqual([message('a', 1, 1), message('b', 1, 2), message('c', 1, 3)]);
  });

  it('does not deliver a QoS 2 message again whose PUBREC an earlier process sent [MQTT-4.3.3-2]', async () => {
    const disk = new Disk();
    const before = new Network();
    await before.online({ cleanSession: false, store: byteStore(disk) });
    await before.connection.give(message('in', 2, 9));
    expect(await before.connection.taken()).toEqual([pubrec(9)]);
    const { network } = await start(byteStore(disk), true);
    await network.connection.give(message('in', 2, 9, true));
    expect(network.log).toEqual([]);
    expect(await network.connection.taken()).toEqual([pubrec(9)]);
    await network.connection.give(pubrel(9), message('in', 2, 9));
    expect(network.log).toEqual(['message in']);
  });

  it('keeps that a QoS 2 message was processed also when the connection was lost meanwhile', async () => {
    const disk = new Disk();
    const before = new Network();
    const client = await before.online({ cleanSession: false, store: byteStore(disk) });
    const handled = deferred();
    const subscribed = client.subscribe('in', { qos: 2 }, () => handled.promise);
    await before.connection.taken();
    await before.connection.give(suback({ packetId: 1, returnCodes: [2] }), message('in', 2, 9));
    await subscribed;
    await before.connection.cut();
    handled.resolve();
    await before.clock.advance(0);
    expect([...disk.entries.keys()]).toEqual(['owner', 'in/9']);
  });

  it('keeps no message of QoS 0, which may be lost', async () => {
    const disk = new Disk();
    const network = new Network();
    const client = await network.online({ cleanSession: false, store: byteStore(disk) });
    await network.connection.cut();
    const published = client.publish('a', payload);
    await network.clock.advance(2_000);
    await network.accept(true);
    await published;
    expect([...disk.entries.keys()]).toEqual(['owner']);
    expect(network.errors.map(({ name }) => name)).toEqual(['ConnectionLostError']);
  });

  it('forgets the messages received when the broker has lost the session [MQTT-3.1.2-6]', async () => {
    const disk = new Disk();
    const before = new Network();
    await before.online({ cleanSession: false, store: byteStore(disk) });
    await before.connection.give(message('in', 2, 9));
    await before.connection.taken();
    expect([...disk.entries.keys()]).toEqual(['owner', 'in/9']);
    const { network } = await start(byteStore(disk), false);
    expect([...disk.entries.keys()]).toEqual(['owner']);
    await network.connection.give(message('in', 2, 9));
    expect(network.log).toEqual(['message in']);
  });

  it('keeps before it sends: PUBLISH, PUBREC, PUBREL and PUBCOMP wait for their batch, in order', async () => {
    const writes: { changes: readonly StoreChange[]; done: ReturnType<typeof deferred<void>> }[] = [];
    const store = recordStore({
      load: () => [],
      write(changes) {
        const done = deferred<void>();
        writes.push({ changes, done });
        return done.promise;
      },
    });
    const network = new Network();
    const client = await network.online({ cleanSession: false, store });
    const { connection } = network;
    const published = client.publish('a', payload, { qos: 2 });
    expect(await connection.taken()).toEqual([]);
    await connection.give(message('in', 2, 9)); // while the first batch is being written
    expect(writes.map(({ changes }) => changes.map(([key]) => key))).toEqual([['out/00000000001']]);
    writes[0]!.done.resolve();
    expect(await connection.taken()).toEqual([message('a', 2, 1)]);
    expect(writes[1]!.changes).toEqual([['in/9', pubrec(9)]]);
    writes[1]!.done.resolve();
    expect(await connection.taken()).toEqual([pubrec(9)]);
    await connection.give(pubrec(1), pubrel(9));
    expect(await connection.taken()).toEqual([]);
    writes[2]!.done.resolve();
    expect(await connection.taken()).toEqual([pubrel(1), pubcomp(9)]);
    await connection.give(pubcomp(1));
    await published;
    expect(writes[3]!.changes).toEqual([['out/00000000002', undefined]]);
  });

  it('closes with the error of a store that fails: nothing is sent that was not kept', async () => {
    const network = new Network();
    const store = recordStore({ load: () => [], write: () => Promise.reject(new Error('disk full')) });
    const client = await network.online({ cleanSession: false, store });
    const published = fate(client.publish('a', payload, { qos: 1 }));
    expect(await network.connection.taken()).toEqual([]);
    expect(await published).toEqual(new Error('disk full'));
    expect(client.state).toBe('closed');
    expect(network.connection.end).toBe('aborted');
  });

  it('writes down what is on its way before DISCONNECT, and closes then', async () => {
    const done = deferred();
    const network = new Network();
    const client = await network.online({
      cleanSession: false,
      store: recordStore({ load: () => [], write: () => done.promise }),
    });
    client.publish('a', payload, { qos: 1 }).catch(() => {});
    void client.close({ drain: 0 });
    expect(await network.connection.taken()).toEqual([]);
    expect(network.connection.end).toBe(undefined);
    done.resolve();
    expect((await network.connection.taken()).map(({ type }) => type)).toEqual([3, 14]);
    expect(network.connection.end).toBe('closed');
  });

  it('closes, without a connection, when what was accepted is written down', async () => {
    const done = deferred();
    const network = new Network();
    const client = await network.online({
      cleanSession: false,
      store: recordStore({ load: () => [], write: () => done.promise }),
    });
    await network.connection.cut();
    client.publish('a', payload, { qos: 1 }).catch(() => {});
    const closing = client.close();
    expect(await fate(closing)).toBe('pending');
    done.resolve();
    expect(await fate(closing)).toBe(undefined);
    expect(network.clock.pending).toEqual([]);
  });

  it('closes within 5 s when the store is never done, and at once when it fails', async () => {
    for (const end of ['stalls', 'fails']) {
      const done = deferred();
      const network = new Network();
      const client = await network.online({
        cleanSession: false,
        store: recordStore({ load: () => [], write: () => done.promise }),
      });
      await network.connection.cut();
      client.publish('a', payload, { qos: 1 }).catch(() => {});
      const closing = client.close();
      expect(await fate(closing)).toBe('pending');
      if (end === 'fails') done.reject(new Error('disk full'));
      await network.clock.advance(end === 'fails' ? 0 : 5_000);
      expect(await fate(closing)).toBe(undefined);
      expect(await fate(client.close())).toBe(undefined);
      expect(network.clock.pending).toEqual([]);
    }
  });

  it('tells through on(error), since no promise can, that a restored message has an unknown fate', async () => {
    const disk = new Disk();
    const before = new Network();
    const client = await before.online({ cleanSession: false, store: byteStore(disk) });
    client.publish('a', payload, { qos: 2 }).catch(() => {});
    await before.connection.taken();
    await before.connection.give(pubrec(1));
    const network = new Network();
    const connecting = network.connect({ cleanSession: false, store: byteStore(disk) });
    await network.accept(true);
    network.listen(await connecting);
    await network.clock.advance(0);
    await network.connection.cut();
    await network.clock.advance(2_000);
    await network.accept(false);
    expect(network.errors.map(({ name }) => name)).toEqual(['ConnectionLostError', 'ProtocolError']);
    expect([...disk.entries.keys()]).toEqual(['owner']);
  });
});

describe('a store that is not the client’s own', () => {
  const filled = async (): Promise<Disk> => {
    const disk = new Disk();
    const network = new Network();
    const client = await network.online({ cleanSession: false, store: byteStore(disk) });
    client.publish('a', payload, { qos: 1 }).catch(() => {});
    await network.connection.taken();
    return disk;
  };
  const refusal = (disk: Disk, clientId = 'c') =>
    new Network().connect({ clientId, cleanSession: false, store: byteStore(disk) }).catch((error: Error) => error);

  it('is refused when it belongs to another client id, and is left as it was', async () => {
    const disk = await filled();
    const entries = new Map(disk.entries);
    expect(await refusal(disk, 'other')).toEqual(new StoreError("the store belongs to client id 'c', not to 'other'"));
    expect(disk.entries).toEqual(entries);
  });

  it.each([
    ['a torn record', 'out/00000000001', (value: Uint8Array) => value.subarray(0, -1)],
    ['an empty record', 'out/00000000001', () => new Uint8Array(0)],
    ['a record of another kind', 'out/00000000001', () => new Uint8Array([0, 0x50, 2, 0, 1])],
    ['a key of another kind', 'elsewhere', () => new Uint8Array([0, 0x50, 2, 0, 1])],
    ['another version', 'owner', (value: Uint8Array) => new Uint8Array([2, ...(value ?? []).slice(1)])],
  ])('is refused with %s', async (_, key, change) => {
    const disk = await filled();
    disk.entries.set(key, change(disk.entries.get(key)!));
    expect(await refusal(disk)).toBeInstanceOf(StoreError);
  });

  it('is refused when it has records and does not say whose', async () => {
    const disk = await filled();
    disk.entries.delete('owner');
    expect(await refusal(disk)).toEqual(new StoreError('the store has records, and does not say whose'));
  });
});

describe('a store', () => {
  it('that failed serves the next client, and forgets what it could not write', async () => {
    const disk = new Disk();
    const bytes: ByteStore = { load: () => disk.load(), write: (changes) => disk.write(changes) };
    const store = byteStore(bytes);
    await store.load('c');
    bytes.write = () => Promise.reject(new Error('disk full'));
    await expect(keep(store, pubrec(1))).rejects.toThrow('disk full');
    bytes.write = (changes) => disk.write(changes);
    await expect(keep(store, pubrec(2))).rejects.toThrow('disk full'); // what comes behind a gap is not written
    expect(await store.load('c')).toEqual([]);
    await keep(store, pubrec(3));
    expect(await store.load('c')).toEqual([['in/3', pubrec(3)]]);
  });
});

describe('levelStore', () => {
  it('survives the closing and opening of a classic-level database on disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mqtt311-level-'));
    const database = new ClassicLevel(folder);
    await levelStore(database).load('c');
    await keep(levelStore(database), message('a', 1, 1), pubrec(2));
    await database.close();
    const reopened = new ClassicLevel(folder);
    const store = levelStore(reopened);
    store.keep({ key: 'in/2' }, undefined);
    await keep(store);
    expect(await levelStore(reopened).load('c')).toEqual([['out/00000000001', message('a', 1, 1)]]);
    await reopened.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps the sessions of two clients in sublevels of one database', async () => {
    const database = new MemoryLevel();
    const [a, b] = [levelStore(database.sublevel('a')), levelStore(database.sublevel('b'))];
    await a.load('a');
    await b.load('b');
    await keep(a, pubrec(2));
    expect(await a.load('a')).toEqual([['in/2', pubrec(2)]]);
    expect(await b.load('b')).toEqual([]);
  });
});
