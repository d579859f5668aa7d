// The network in memory: what each order does to packets, and what is told about them.
import { describe, expect, it } from 'vitest';
import { connect as connectClient } from '../../src/client/client.ts';
import { connect, disconnect, PacketType, pingreq, puback } from '../../src/codec/codec.ts';
import type { PacketEvent } from '../../src/testing/testing.ts';
import { createBroker } from '../../src/testing/testing.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';
import { join, message, Raw, shown, startBroker, type World } from './raw.ts';

/** What is told of packets from now on: direction, type, fate. */
function watch({ broker }: World): string[] {
  const seen: string[] = [];
  broker.on(
    'packet',
    ({ direction, packet, fate }) => void seen.push(`${direction} ${packet?.type ?? 'bytes'} ${fate}`),
  );
  return seen;
}

describe('the network', () => {
  it('tells of every packet that it is sent and delivered, by whom, and not of passwords', async () => {
    const world = startBroker();
    const seen: PacketEvent[] = [];
    world.broker.on('packet', (event) => void seen.push(event));
    const hello = connect({ clientId: 'c', username: 'me', password: Buffer.from('secret') });
    await new Raw(world.broker).send(hello);
    expect(seen).toMatchObject([
      { clientId: 'c', direction: 'up', fate: 'sent', packet: { type: 1, password: new Uint8Array(0) } },
      { clientId: 'c', direction: 'up', fate: 'delivered' },
      { clientId: 'c', direction: 'down', fate: 'sent', packet: { type: 2 } },
      { clientId: 'c', direction: 'down', fate: 'delivered' },
    ]);
  });

  it('tells of connections and sessions', async () => {
    const world = startBroker({ authenticate: ({ clientId }) => clientId !== 'no' });
    const seen: unknown[] = [];
    world.broker.on('connection', (event) => void seen.push(event));
    world.broker.on('session', (event) => void seen.push(event));
    await new Raw(world.broker).send(connect({ clientId: 'no' }));
    const client = await join(world, 'c');
    await client.subscribe('a');
    await client.send(disconnect());
    expect(seen).toMatchObject([
      { clientId: undefined, state: 'opened' },
      { clientId: 'no', state: 'refused', returnCode: 4 },
      { clientId: 'no', state: 'closed', error: { message: 'authenticate refused the client with return code 4' } },
      { clientId: undefined, state: 'opened' },
      { clientId: 'c', change: 'created' },
      { clientId: 'c', state: 'accepted', returnCode: 0 },
      { clientId: 'c', change: 'subscribed', topic: 'a' },
      { clientId: 'c', state: 'closed', error: undefined },
      { clientId: 'c', change: 'ended' },
    ]);
  });

  it('waits for an event that fulfils a condition, and tells what is wrong with the condition', async () => {
    const world = startBroker();
    const subscribed = world.broker.until('session', ({ topic }) => topic === 'b');
    const broken = world.broker.until('session', () => {
      throw new Error('a typo');
    });
    const client = await Promise.all([join(world, 'c'), expect(broken).rejects.toThrow('a typo')]).then(([c]) => c);
    await client.subscribe('a');
    await client.subscribe('b');
    expect(await subscribed).toEqual({ clientId: 'c', change: 'subscribed', topic: 'b' });
    expect(() => world.broker.on('pakcet' as 'packet', () => {})).toThrow("no event 'pakcet'");
  });

  it('cuts the connections of one client, or all', async () => {
    const world = startBroker();
    const clients = [await join(world, 'a'), await join(world, 'b'), await join(world, 'c')];
    world.broker.network.cut({ clientId: 'b' });
    await settled();
    expect(clients.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
    world.broker.network.cut();
    await settled();
    expect([...clients.map(({ isClosed }) => isClosed), world.broker.clients.size]).toEqual([true, true, true, 0]);
  });

  it.each([
    ['before', ['up 3 sent', 'up 12 sent', 'up 3 lost', 'up 12 lost'], 0],
    ['inside', ['up 3 sent', 'up 12 sent', 'up 3 lost', 'up 12 lost'], 0],
    ['behind', ['up 3 sent', 'up 12 sent', 'up 3 delivered', 'down 4 sent', 'up 12 lost', 'down 4 lost'], 1],
  ] as const)('cuts a connection %s a packet, once', async (at, told, delivered) => {
    const world = startBroker();
    const watcher = await join(world, 'watcher');
    await watcher.subscribe('a', 0);
    const client = await join(world, 'c');
    const seen = watch(world);
    world.broker.network.cut({ type: PacketType.PUBLISH, clientId: 'c', at });
    expect(await client.send(message('a', 'hello', { qos: 1, packetId: 1 }), pingreq())).toEqual([]);
    expect(client.isClosed).toBe(true);
    expect(seen.filter((line) => !/down 3/.test(line))).toEqual(told);
    expect(await watcher.messages()).toHaveLength(delivered);
    const again = await join(world, 'c');
    expect(await again.send(message('a', '', { qos: 1, packetId: 1 }))).toEqual([puback(1)]);
  });

  it('delivers the first bytes of a packet that it is cut in', async () => {
    const world = startBroker();
    const chunks: number[] = [];
    const transport = world.broker.transport('ws://test', {
      opened: () => {},
      received: ({ length }) => void chunks.push(length),
      drained: () => {},
      closed: () => {},
    });
    world.broker.network.cut({ type: PacketType.CONNACK, at: 'inside' });
    const client = new Raw(world.broker);
    client.close();
    transport.send(new Uint8Array([0x10, 0x0d, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x63]));
    await settled();
    expect(chunks).toEqual([2]);
  });

  it('holds packets, and what follows them, and releases them one by one', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    const seen = watch(world);
    world.broker.network.hold({ direction: 'up', type: PacketType.PUBLISH });
    const publishes = [1, 2, 3].map((packetId) => message('a', '', { qos: 1, packetId }));
    expect(await client.send(pingreq(), ...publishes, pingreq())).toMatchObject([{ type: 13 }]);
    world.broker.network.release(1);
    expect(await client.taken()).toEqual([puback(1)]);
    world.broker.network.release(2);
    expect(await client.taken()).toMatchObject([puback(2), puback(3), { type: 13 }]);
    await client.send(message('a', '', { qos: 1, packetId: 4 }));
    world.broker.network.release();
    expect(await client.taken()).toEqual([puback(4)]);
    expect(seen.filter((line) => line === 'up 3 held')).toHaveLength(3);
    expect(await client.send(message('a', '', { qos: 1, packetId: 5 }))).toEqual([puback(5)]);
  });

  it('holds this many packets, and no more', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    world.broker.network.hold({ type: PacketType.PINGRESP, times: 1 });
    expect(await client.send(pingreq(), pingreq())).toEqual([]);
    expect(await client.send(pingreq())).toEqual([]);
    world.broker.network.release(1);
    expect(await client.taken()).toHaveLength(3);
    expect(await client.send(pingreq())).toHaveLength(1);
  });

  it('holds everything, also the end of a connection, until it is released', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    world.broker.network.hold({ clientId: 'c' });
    await client.close();
    expect(world.broker.clients.size).toBe(1);
    world.broker.network.release();
    await settled();
    expect([world.broker.clients.size, client.isClosed]).toEqual([0, true]);
  });

  it('drops packets that match, and carries the others', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    await client.subscribe('#', 0);
    const seen = watch(world);
    world.broker.network.drop({ matching: (packet) => packet.type === 3 && packet.topic === 'b', times: 1 });
    const packets = await client.send(message('a'), message('b'), message('c'), message('b'));
    expect(shown(packets)).toEqual(['a  0', 'c  0', 'b  0']);
    expect(seen.filter((line) => line.endsWith('dropped'))).toEqual(['up 3 dropped']);
  });

  it('drops everything: the connection is half open, and only keep alive finds out', async () => {
    const world = startBroker();
    const client = await join(world, 'c', { keepAlive: 10 });
    world.broker.network.drop({ clientId: 'c' });
    expect(await client.send(pingreq())).toEqual([]);
    await world.clock.advance(15_000);
    expect([client.isClosed, world.broker.clients.size]).toEqual([false, 0]);
  });

  it('delays packets, and keeps their order when the delay changes', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    world.broker.network.delay(100, { direction: 'down' });
    await client.send(pingreq());
    world.broker.network.delay(10, { direction: 'down' });
    await client.send(message('a', '', { qos: 1, packetId: 1 }));
    await world.clock.advance(99);
    expect(await client.taken()).toEqual([]);
    await world.clock.advance(1);
    expect(await client.taken()).toMatchObject([{ type: 13 }, puback(1)]);
    world.broker.network.delay(0);
    expect(await client.send(pingreq())).toHaveLength(1);
  });

  it.each([1, 3, Number.POSITIVE_INFINITY])('brings the bytes in chunks of %s', async (size) => {
    const world = startBroker();
    const chunks: number[] = [];
    const transport = world.broker.transport('ws://test', {
      opened: () => {},
      received: ({ length }) => void chunks.push(length),
      drained: () => {},
      closed: () => {},
    });
    world.broker.network.chunks(size);
    transport.send(
      new Uint8Array([0x10, 0x0d, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x63, 0xc0, 0, 0xc0, 0]),
    );
    await settled();
    expect(chunks.reduce((sum, length) => sum + length)).toBe(8);
    expect(chunks).toHaveLength(Math.max(Math.ceil(8 / size), 1));
  });

  it('lets nobody connect while it is unplugged', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    world.broker.network.unplug();
    const other = new Raw(world.broker);
    await settled();
    expect([client.isClosed, other.isClosed]).toEqual([true, true]);
    world.broker.network.restore();
    await join(world, 'c');
  });

  it('forgets every order with restore()', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    const { network } = world.broker;
    network.hold();
    network.drop();
    network.cut({ type: PacketType.PINGRESP });
    network.chunks(1);
    expect(await client.send(pingreq())).toEqual([]);
    network.restore();
    expect(await client.taken()).toHaveLength(1);
    network.delay(1e6);
    network.restore();
    expect(await client.send(pingreq())).toHaveLength(1);
  });
});

it('tells nothing to a client that has given up', async () => {
  const told: string[] = [];
  const events = {
    opened: () => void told.push('opened'),
    received: () => void told.push('received'),
    drained: () => void told.push('drained'),
    closed: () => void told.push('closed'),
  };
  const { broker } = startBroker();
  broker.transport('ws://test', events).abort!();
  await settled();
  expect(told).toEqual([]);
  broker.transport('ws://test', events).close();
  await settled();
  expect(told).toEqual(['opened', 'closed']);
});

describe('close()', () => {
  it('ends everything, and lets nobody connect', async () => {
    const world = startBroker();
    const client = await join(world, 'c', { cleanSession: false });
    await client.send(message('a', 'x', { retain: true }));
    world.broker.network.hold();
    world.broker.close();
    await settled();
    const { clients, sessions, retained } = world.broker;
    expect([client.isClosed, clients.size, sessions.size, retained.size]).toEqual([true, 0, 0, 0]);
    const other = new Raw(world.broker);
    await settled();
    expect(other.isClosed).toBe(true);
    expect(world.clock.pending).toEqual([]);
  });

  it('is seen by our client as an end of its connection, and by its next attempt as no server', async () => {
    const clock = new FakeClock();
    const broker = createBroker({ clock });
    const client = await connectClient('ws://test', { transport: broker.transport, clock });
    const causes: unknown[] = [];
    client.on('state', (state, cause) => void (state === 'waiting' && causes.push(cause)));
    broker.close();
    await clock.advance(10_000);
    expect(causes).toMatchObject([
      { reason: 'closed' },
      { reason: 'unreachable', cause: { message: 'the broker is closed' } },
      ...causes.slice(2),
    ]);
    await client.close();
  });
});

describe('publish()', () => {
  it('refuses what is no message', () => {
    const { broker } = startBroker();
    expect(() => broker.publish('a/#', '')).toThrow('MQTT-3.3.2-2');
    expect(() => broker.publish('', '')).toThrow('MQTT-4.7.3-1');
    expect(() => broker.publish('a', '', { qos: 3 as 2 })).toThrow('MQTT-3.3.1-4');
    expect(() => broker.publish('a', 5 as unknown as string)).toThrow(TypeError);
  });

  it('takes bytes as they are now', async () => {
    const { broker } = startBroker();
    const payload = Buffer.from('x');
    broker.publish('a', payload, { retain: true });
    payload[0] = 0;
    expect(shown([...broker.retained.values()])).toEqual(['a x 0 retain']);
  });
});

it('refuses options that are out of range', () => {
  expect(() => createBroker({ maxInflight: 0 })).toThrow(RangeError);
  expect(() => createBroker({ maxInflight: 65_536 })).toThrow(RangeError);
  expect(() => createBroker({ maxQueued: 0 })).toThrow(RangeError);
});
