// What would lose messages, or hang: payloads that go away, and the end of a connection in the middle of everything.
import { describe, expect, it, vi } from 'vitest';
import type { Clock, ConnectOptions } from '../../src/client/client.ts';
import { connack, type Packet, puback, pubcomp, publish, pubrec, type QoS, suback } from '../../src/codec/codec.ts';
import { byteStore } from '../../src/session/level.ts';
import { settled } from '../support/fake-clock.ts';
import { deferred, fate, Network } from '../support/fake-network.ts';
import { say } from '../support/say.ts';

const words = async (packets: Promise<Packet[]>) => (await packets).map(say);

async function online(options?: ConnectOptions) {
  const network = new Network();
  const client = await network.online(options);
  await network.connection.taken();
  return { network, clock: network.clock, client, connection: network.connection };
}

/** A payload whose buffer belongs to somebody else now. */
function detached(): Uint8Array {
  const payload = new Uint8Array(8);
  transfer(payload);
  return payload;
}

const transfer = ({ buffer }: Uint8Array) => structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });

describe('a payload whose buffer was transferred', () => {
  const message = expect.stringMatching(/^payload has no bytes: its buffer was transferred/);

  it.each([0, 1, 2] as const)('rejects its own publish with QoS %i, and no other', async (qos) => {
    const { client, connection } = await online();
    const before = client.publish('before', 'x');
    const bad = client.publish('bad', detached(), { qos });
    const behind = client.publish('behind', 'x');
    expect(await fate(bad)).toMatchObject({ name: 'TypeError', message });
    expect([await fate(before), await fate(behind)]).toStrictEqual([undefined, undefined]);
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH before', 'PUBLISH behind']);
  });

  it('rejects its publish while there is no connection', async () => {
    const { client, connection } = await online();
    await connection.cut();
    expect(await fate(client.publish('bad', detached()))).toMatchObject({ name: 'TypeError', message });
  });

  it('rejects its publish with WebAssembly memory that has grown', async () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const payload = new Uint8Array(memory.buffer, 0, 8);
    memory.grow(1);
    const { client } = await online();
    expect(await fate(client.publish('bad', payload))).toMatchObject({ name: 'TypeError', message });
  });

  it('was sent as it was when publish() was called', async () => {
    const { client, connection } = await online();
    const payload = new Uint8Array([1, 2, 3]);
    const publishing = client.publish('a', payload);
    transfer(payload);
    expect(await fate(publishing)).toBe(undefined);
    expect(await connection.taken()).toMatchObject([{ payload: new Uint8Array([1, 2, 3]) }]);
  });

  it.each([1, 2] as const)('while it waits for its acknowledgement at QoS %i rejects alone', async (qos) => {
    const { network, client, connection } = await online({ cleanSession: false });
    const payload = new Uint8Array(8);
    const bad = client.publish('bad', payload, { qos });
    const good = client.publish('good', 'x', { qos: 1 });
    bad.catch(() => {});
    await connection.taken();
    transfer(payload);
    const again = await network.reconnect(true);
    expect(await fate(bad)).toBeInstanceOf(TypeError);
    expect(await words(again.taken())).toStrictEqual(['PUBLISH good q1 #2 dup']);
    await again.give(puback(2));
    expect([await fate(good), client.state]).toStrictEqual([undefined, 'online']);
  });

  it('while it waits for its turn rejects alone', async () => {
    const { network, client, connection } = await online();
    await connection.cut();
    const payload = new Uint8Array(8);
    const bad = [client.publish('bad', payload), client.publish('worse', payload, { qos: 2 })];
    for (const publishing of bad) publishing.catch(() => {});
    const good = client.publish('good', 'x');
    transfer(payload);
    await network.clock.advance(network.clock.pending[0]!);
    const again = await network.accept();
    for (const publishing of bad) expect(await fate(publishing)).toBeInstanceOf(TypeError);
    expect(await fate(good)).toBe(undefined);
    expect(await words(again.taken())).toStrictEqual(['PUBLISH good']);
  });

  it.each([
    ['will', { will: { topic: 't', payload: detached() } }],
    ['password', { username: 'u', password: detached() }],
  ])('of the %s is refused before anything is opened', async (field, options) => {
    const network = new Network();
    expect(await fate(network.connect(options))).toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(new RegExp(`^${field}.* has no bytes`)),
    });
    expect(network.connections).toStrictEqual([]);
  });
});

it('an allocation that fails rejects the publish that needs it, and no other', async () => {
  const { client, connection } = await online();
  const large = new Uint8Array(100_000);
  const Original = Uint8Array;
  vi.stubGlobal(
    'Uint8Array',
    new Proxy(Original, {
      construct(target, parameters) {
        if (parameters[0] > 50_000) throw new RangeError('Array buffer allocation failed');
        return Reflect.construct(target, parameters);
      },
    }),
  );
  const fates = [client.publish('a', 'x'), client.publish('large', large), client.publish('b', 'x', { qos: 1 })].map(
    fate,
  );
  vi.unstubAllGlobals();
  expect(await Promise.all(fates)).toMatchObject([undefined, { name: 'RangeError' }, 'pending']);
  expect(await words(connection.taken())).toStrictEqual(['PUBLISH a', 'PUBLISH b q1 #1']);
});

describe('the order of publishes', () => {
  it.each<QoS>([0, 1, 2])('with QoS %i is that of the calls, also while those that waited leave', async (qos) => {
    const { network, client, connection } = await online();
    await connection.cut();
    const publish = (topic: string) => void client.publish(topic, '', { qos }).catch(() => {});
    publish('first');
    client.on('state', (state) => state === 'online' && publish('third'));
    client.on('packet', (_, packet) => packet.type === 2 && publish('second'));
    await network.clock.advance(network.clock.pending[0]!);
    const again = await network.accept();
    publish('fourth');
    const topics = (await again.taken()).flatMap((packet) => ('topic' in packet ? packet.topic : []));
    expect(topics).toStrictEqual(['first', 'second', 'third', 'fourth']);
  });
});

describe('close()', () => {
  it('lets what was published be acknowledged, for as long as it is told to', async () => {
    const { clock, client, connection } = await online();
    const inTime = [client.publish('a', '', { qos: 1 }), client.publish('b', '', { qos: 2 })];
    const late = client.publish('c', '', { qos: 1 });
    const closing = client.close({ drain: 1_000 });
    expect(await fate(client.publish('d', ''))).toMatchObject({ reason: 'client-closed' });
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a q1 #1', 'PUBLISH b q2 #2', 'PUBLISH c q1 #3']);
    await connection.give(puback(1), pubrec(2), pubcomp(2), publish({ topic: 'x', payload: new Uint8Array(0) }));
    expect(await words(connection.taken())).toStrictEqual(['PUBREL #2']);
    await clock.advance(999);
    expect([client.state, await fate(late)]).toStrictEqual(['online', 'pending']);
    await clock.advance(1);
    expect(await words(connection.taken())).toStrictEqual(['DISCONNECT']);
    expect(await fate(late)).toMatchObject({ reason: 'client-closed' });
    expect(await Promise.all(inTime.map(fate))).toStrictEqual([undefined, undefined]);
    await connection.cut(1000);
    expect(await fate(closing)).toBe(undefined);
  });

  it('waits for what was published while it connects, and not when it cannot connect', async () => {
    const network = new Network();
    const client = network.create();
    void client.publish('a', '', { qos: 1 });
    void client.close();
    const connection = await network.accept();
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a q1 #1']);
    await connection.give(puback(1));
    expect(await words(connection.taken())).toStrictEqual(['DISCONNECT']);

    const other = new Network();
    const unlucky = other.create();
    const lost = unlucky.publish('a', '', { qos: 1 });
    const closing = unlucky.close();
    await settled();
    await other.connection.cut();
    expect(await fate(closing)).toBe(undefined);
    expect(await fate(lost)).toMatchObject({ reason: 'client-closed' });
    expect(other.errors.map(({ message }) => message)).toContain(
      'the client was closed with 1 unacknowledged publishes',
    );
  });

  it('waits until the socket has taken what was published with QoS 0', async () => {
    const { client, connection } = await online();
    void client.publish('a', new Uint8Array(100_000));
    connection.buffered = 100_000;
    void client.close();
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a']);
    expect(client.state).toBe('online');
    connection.buffered = 0;
    await connection.drain();
    expect([client.state, await words(connection.taken())]).toStrictEqual(['closed', ['DISCONNECT']]);
  });

  it('lets a handler end, whose QoS 2 message is not delivered again to a later process', async () => {
    for (const isLate of [false, true]) {
      const entries = new Map<string, Uint8Array>();
      const store = byteStore({
        load: () => entries,
        write(changes) {
          for (const [key, value] of changes)
            if (value) entries.set(key, value);
            else entries.delete(key);
        },
      });
      const { clock, client, connection } = await online({ cleanSession: false, store });
      const work = deferred();
      void client.subscribe('#', { qos: 2 }, () => work.promise);
      await settled();
      await connection.give(suback({ packetId: 1, returnCodes: [2] }));
      await connection.give(publish({ topic: 'a', payload: new Uint8Array(0), qos: 2, packetId: 9 }));
      void client.close();
      if (isLate) await clock.advance(20_000);
      work.resolve();
      await settled();
      expect([client.state, [...entries.keys()].sort()]).toStrictEqual(['closed', ['in/9', 'owner']]);
    }
  });

  it('sends DISCONNECT also before the CONNACK, or the broker would publish the will', async () => {
    const network = new Network();
    const client = network.create({ will: { topic: 'w', payload: 'x' } });
    await settled();
    const connection = await network.connection.open();
    void client.close();
    expect((await words(connection.taken())).at(-1)).toBe('DISCONNECT');
    await connection.give(connack());
    expect([connection.end, client.state]).toStrictEqual(['closed', 'closed']);
  });

  it.each(['close', 'abort'] as const)('does not mind a transport whose %s() throws', async (method) => {
    const { clock, client, connection } = await online();
    vi.spyOn(connection, method).mockImplementation(() => {
      throw new Error('no');
    });
    const closing = client.close();
    await clock.advance(10_000);
    expect(await fate(closing)).toBe(undefined);
  });
});

it('a session that the broker may have from an older client does not begin with packet identifier 1', async () => {
  const ids: number[] = [];
  for (const chance of [0, 0.5, 0.999_999]) {
    const network = new Network();
    const clock: Clock = Object.create(network.clock, { random: { value: () => chance } });
    const client = network.create({ cleanSession: false, clock });
    void client.publish('a', '', { qos: 2 });
    const [packet] = await (await network.accept()).taken();
    ids.push((packet as { packetId: number }).packetId);
  }
  expect(ids).toStrictEqual([1, 32_768, 65_535]);
});

it('a promise that fails because of the connection or a full queue ends no process when nobody waits for it', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const { network, client, connection } = await online({ maxQueued: 1 });
  void client.publish('a', '', { qos: 1 });
  void client.subscribe('b');
  void client.publish('c', '');
  await connection.cut();
  void client.publish('d', '', { qos: 1 });
  void client.publish('e', '', { qos: 1 });
  void client.resume();
  void client.close();
  void client.reconnect();
  void client.publish('f', '');
  await settled();
  await settled();
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(network.errors.map(({ name }) => name)).toContain('QueueFullError');
});
