// A broker that refuses a packet by ending the connection: the packet is found, sent alone, named and given up.
import { describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../src/client/client.ts';
import { PacketType, pingresp, puback } from '../../src/codec/codec.ts';
import { settled } from '../support/fake-clock.ts';
import { type Connection, fate, Network } from '../support/fake-network.ts';
import { say } from '../support/say.ts';

/** Milliseconds: before a packet, behind its fixed header, and before its last byte. */
const PAUSE = 1_000;
const QUIET = 3 * PAUSE;

/** Connects again and again. `play` plays the broker on each connection, which is then cut. */
async function cut(network: Network, times: number, play?: (connection: Connection) => Promise<void>) {
  for (let i = 0; i < times; i++) {
    const { connection } = network;
    await (play ?? alone)(connection);
    if (connection.end === undefined) await connection.cut();
    if (i + 1 === times) return;
    await network.clock.advance(network.clock.pending[0]!);
    await network.accept();
  }
}

/** Cuts at once; but where a last byte is held back, answers the PINGREQ and waits for it. */
async function alone(connection: Connection): Promise<void> {
  await settled();
  if (!connection.packets.some(({ type }) => type === PacketType.PINGREQ)) return;
  await connection.give(pingresp());
  await networkOf.get(connection)!.clock.advance(QUIET);
}

const networkOf = new WeakMap<Connection, Network>();

async function started(options: ConnectOptions = {}) {
  const network = new Network();
  const push = network.connections.push.bind(network.connections);
  network.connections.push = (...connections) => {
    for (const connection of connections) networkOf.set(connection, network);
    return push(...connections);
  };
  const client = await network.online(options);
  return { network, client };
}

const messages = (network: Network) => network.errors.map(({ message }) => message);

describe('a packet behind which connections end', () => {
  it('is named after three in a row, goes out alone, and is rejected after nine when the session is clean', async () => {
    const { network, client } = await started();
    const poison = client.publish('forbidden', 'x', { qos: 1 });
    const other = client.publish('allowed', 'y', { qos: 1 });
    await cut(network, 3);
    expect(messages(network).at(-1)).toBe(
      "the connection was closed, code 1006, 3 times in a row right behind PUBLISH 'forbidden' with packetId 1: the broker may refuse it; it goes out alone",
    );
    for (let i = 4; i <= 9; i++) {
      expect(await fate(poison)).toBe('pending');
      await network.clock.advance(network.clock.pending[0]!);
      const connection = await network.accept();
      expect((await connection.taken()).map(say)).toStrictEqual(['PINGREQ']);
      void client.publish('zero', '').catch(() => {});
      await connection.give(pingresp());
      await network.clock.advance(QUIET - 1);
      expect((await connection.taken()).map(say)).toStrictEqual([]);
      await network.clock.advance(1);
      expect((await connection.taken()).map(say)).toStrictEqual(['PUBLISH forbidden q1 #1']);
      await connection.cut();
    }
    expect(messages(network).at(-1)).toContain('it is given up');
    expect(await fate(poison)).toMatchObject({
      name: 'ConnectionLostError',
      reason: 'closed',
      message: expect.stringContaining("9 times in a row right behind PUBLISH 'forbidden' with packetId 1"),
    });
    await network.clock.advance(network.clock.pending[0]!);
    const connection = await network.accept();
    expect((await connection.taken()).map(say)).toStrictEqual(['PUBLISH allowed q1 #2']);
    await connection.give(puback(2));
    expect(await fate(other)).toBe(undefined);
    expect((await connection.taken()).map(say)).toStrictEqual(Array(6).fill('PUBLISH zero'));
  });

  it('is a SUBSCRIBE, and its promise rejects', async () => {
    const { network, client } = await started();
    const asking = client.subscribe(['a', 'b'], () => {});
    asking.catch(() => {});
    await cut(network, 9);
    expect(await fate(asking)).toMatchObject({
      message: expect.stringContaining("SUBSCRIBE 'a', 'b' with packetId 1"),
    });
    await network.clock.advance(network.clock.pending[0]!);
    expect((await (await network.accept()).taken()).map(say)).toStrictEqual([]);
  });

  it('is found behind others that are acknowledged when they go out alone', async () => {
    const { network, client } = await started();
    const good = ['a', 'b', 'c'].map((topic) => client.publish(topic, '', { qos: 1 }));
    const poison = client.publish('forbidden', '', { qos: 1 });
    await cut(network, 3);
    await network.clock.advance(network.clock.pending[0]!);
    const connection = await network.accept();
    await connection.give(pingresp());
    await network.clock.advance(QUIET);
    for (let id = 1; id <= 3; id++) await connection.give(puback(id));
    expect((await connection.taken()).map(say)).toStrictEqual([
      'PINGREQ',
      ...['a q1 #1', 'b q1 #2', 'c q1 #3', 'forbidden q1 #4'].map((each) => `PUBLISH ${each}`),
    ]);
    await cut(network, 9);
    expect(await Promise.all([...good, poison].map(fate))).toMatchObject([undefined, undefined, undefined, {}]);
  });

  it('is too large, and the connection ends behind its fixed header', async () => {
    const { network, client } = await started();
    const poison = client.publish('large', new Uint8Array(100_000), { qos: 1 });
    await cut(network, 9, async (connection) => {
      await settled();
      if (network.connections.length <= 3) return;
      await connection.give(pingresp());
      await network.clock.advance(PAUSE);
      expect(connection.frames.at(-1)!.length).toBe(5);
    });
    expect(await fate(poison)).toMatchObject({ message: expect.stringContaining("PUBLISH 'large'") });
  });

  it('stays where the session is kept, and the error says how to give it up', async () => {
    const { network, client } = await started({ cleanSession: false });
    const poison = client.publish('forbidden', '', { qos: 1 });
    await cut(network, 12);
    expect(await fate(poison)).toBe('pending');
    expect(messages(network).at(-1)).toContain('12 times in a row');
    expect(messages(network).at(-1)).toContain('to give it up, connect once with cleanSession: true');
  });

  it('goes at once where the client is closed, and DISCONNECT behind it', async () => {
    const { network, client } = await started();
    void client.publish('forbidden', '', { qos: 1 }).catch(() => {});
    await cut(network, 3);
    await network.clock.advance(network.clock.pending[0]!);
    const connection = await network.accept();
    await connection.taken();
    void client.close({ drain: 0 });
    expect((await connection.taken()).map(say)).toStrictEqual(['PUBLISH forbidden q1 #1', 'DISCONNECT']);
  });
});

describe('a packet is not suspected', () => {
  const innocent: [string, number, (connection: Connection) => Promise<void>][] = [
    [
      'when something else is acknowledged',
      3,
      async (connection) => {
        await settled();
        await connection.give(puback(2));
      },
    ],
    ['when the connection ends later', 3, (connection) => networkOf.get(connection)!.clock.advance(1_001)],
    [
      'when its last byte waits in the socket',
      4,
      async (connection) => {
        await alone(connection);
        connection.buffered = 1;
      },
    ],
    [
      'when the connection ends before its last byte is sent',
      4,
      async (connection) => {
        await settled();
        await connection.give(pingresp());
        await networkOf.get(connection)!.clock.advance(networkOf.get(connection)!.connections.length < 4 ? QUIET : 1);
      },
    ],
    [
      'when the connection did not answer a PINGREQ before',
      4,
      async (connection) => networkOf.get(connection)!.clock.advance(QUIET),
    ],
  ];
  it.each(innocent)('%s', async (_, times, play) => {
    const { network, client } = await started();
    const publishing = client.publish('a', '', { qos: 1 });
    void client.publish('b', '', { qos: 1 }).catch(() => {});
    await cut(network, times, play);
    expect(messages(network).at(-1)).not.toContain('right behind');
    await network.clock.advance(network.clock.pending[0]!);
    const connection = await network.accept();
    expect((await connection.taken()).map(say)[0]).toBe('PUBLISH a q1 #1');
    await connection.give(puback(1));
    expect(await fate(publishing)).toBe(undefined);
  });
});
