import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type Client,
  ConnectionLostError,
  ConnectionRefusedError,
  type ConnectOptions,
  connect,
  PacketTooLargeError,
  ProtocolError,
} from '../../src/client/client.ts';
import {
  connack,
  connect as connectPacket,
  decode,
  disconnect,
  encode,
  type Packet,
  PacketType,
  pingreq,
  pingresp,
  puback,
  publish,
  suback,
  subscribe,
  unsubscribe,
} from '../../src/codec/codec.ts';
import { type FakeClock, settled } from '../support/fake-clock.ts';
import { deferred, fate, Network } from '../support/fake-network.ts';
import { bytes } from '../support/hex.ts';
import { say } from '../support/say.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const inbound = (topic: string, qos: 0 | 1 | 2 = 0, packetId = 0) =>
  publish({ topic, payload: new Uint8Array([1]), qos, packetId });

/** A client whose first attempt is under way. */
function started(options?: ConnectOptions) {
  const network = new Network();
  return { network, clock: network.clock, connecting: network.connect(options) };
}

async function online(options?: ConnectOptions) {
  const network = new Network();
  const client = await network.online(options);
  return { network, clock: network.clock, client, connection: network.connection };
}

/** A promise whose rejection is looked at later. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

const words = async (packets: Promise<Packet[]>) => (await packets).map(say);

describe('connect', () => {
  it('sends CONNECT first, with what it was given, and nothing else before the CONNACK [MQTT-3.1.0-1]', async () => {
    const { network, clock, connecting } = started({
      clientId: 'me',
      cleanSession: false,
      keepAlive: 300,
      username: 'user',
      password: 'secret',
      will: { topic: 'w', payload: 'gone', qos: 1, retain: true },
    });
    await network.connection.open();
    await clock.advance(29_999);
    expect(network.connection.url).toBe('ws://broker.test/mqtt');
    expect(network.connection.packets).toStrictEqual([
      {
        type: PacketType.CONNECT,
        clientId: 'me',
        cleanSession: false,
        keepAlive: 300,
        username: 'user',
        password: new Uint8Array(Buffer.from('secret')),
        will: { topic: 'w', payload: new Uint8Array(Buffer.from('gone')), qos: 1, retain: true },
      },
    ]);
    await network.connection.give(connack());
    expect((await connecting).state).toBe('online');
  });

  it('has defaults: a clean session, keep alive 60, no one, no will', async () => {
    const { network } = started({ clientId: undefined });
    await network.connection.open();
    expect(network.connection.packets).toMatchObject([
      { clientId: '', cleanSession: true, keepAlive: 60, username: undefined, password: undefined, will: undefined },
    ]);
  });

  it('takes the URL among its options too', async () => {
    const { clock, transport, connections } = new Network();
    void connect({ url: 'wss://other.test', transport, clock }).catch(() => {});
    expect(connections[0]!.url).toBe('wss://other.test');
  });

  it('does not change what it was given', async () => {
    const options = Object.freeze({ username: 'u', password: Buffer.from('secret') });
    const { network, connecting } = started(options);
    await network.accept();
    await connecting;
    expect(options.password.toString()).toBe('secret');
  });

  it.each([1, 2, 3, 4, 5] as const)('is refused with return code %i', async (returnCode) => {
    const { network, clock, connecting } = started();
    await network.connection.open();
    await network.connection.give(connack({ returnCode }));
    const error = await fate(connecting);
    expect(error).toBeInstanceOf(ConnectionRefusedError);
    expect(error).toMatchObject({ name: 'ConnectionRefusedError', returnCode });
    expect(network.connection.end).toBe('aborted');
    expect(clock.pending).toStrictEqual([]);
  });

  it('is not reached', async () => {
    const { network, clock, connecting } = started();
    const cause = new Error('ECONNREFUSED');
    await network.connection.cut(1006, cause);
    const error = await fate(connecting);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ reason: 'unreachable', code: 1006, cause });
    expect((error as Error).message).toBe('the WebSocket could not be opened, code 1006, ECONNREFUSED');
    expect(clock.pending).toStrictEqual([]);
  });

  it('is cut before the CONNACK', async () => {
    const { network, connecting } = started();
    await network.connection.open();
    await network.connection.cut(1002);
    expect(await fate(connecting)).toMatchObject({ reason: 'closed', code: 1002 });
  });

  it.each([
    ['before it is open', false],
    ['after CONNECT, with no CONNACK', true],
  ])('takes no longer than connectTimeout: silence %s', async (_, isOpen) => {
    const { network, clock, connecting } = started({ connectTimeout: 7_000 });
    if (isOpen) await network.connection.open();
    await clock.advance(6_999);
    expect(await fate(connecting)).toBe('pending');
    await clock.advance(1);
    expect(await fate(connecting)).toMatchObject({ reason: 'connect-timeout' });
    expect([network.connection.end, clock.pending]).toStrictEqual(['aborted', []]);
  });

  it('takes 30 s by default, beforeConnect included', async () => {
    const { network, clock, connecting } = started({ beforeConnect: () => new Promise<never>(() => {}) });
    await clock.advance(29_999);
    expect(await fate(connecting)).toBe('pending');
    await clock.advance(1);
    expect(await fate(connecting)).toMatchObject({ reason: 'connect-timeout' });
    expect(network.connections).toHaveLength(0);
  });

  it.each([
    ['PUBLISH', inbound('a')],
    ['PINGRESP', pingresp()],
    ['SUBACK', suback({ packetId: 1, returnCodes: [0] })],
  ])('ends with %s before the CONNACK [MQTT-3.2.0-1]', async (_, packet) => {
    const { network, connecting } = started();
    await network.connection.open();
    await network.connection.give(packet);
    expect(await fate(connecting)).toMatchObject({ name: 'ProtocolError', clause: 'MQTT-3.2.0-1' });
    expect(network.connection.end).toBe('aborted');
  });

  it('ends with a session that was to be clean [MQTT-3.2.2-1]', async () => {
    const { network, connecting } = started({ cleanSession: true });
    await network.accept(true);
    expect(await fate(connecting)).toMatchObject({ clause: 'MQTT-3.2.2-1' });
    expect(network.connection.end).toBe('aborted');
  });

  it('takes a session that was kept', async () => {
    const { network, connecting } = started({ cleanSession: false });
    await network.accept(true);
    expect(await fate(connecting)).toMatchObject({ state: 'online' });
  });

  it('takes a CONNACK byte by byte', async () => {
    const { network, connecting } = started();
    await network.connection.open();
    for (const byte of ['', '20', '02', '', '00', '00']) await network.connection.giveBytes(bytes(byte));
    expect(await fate(connecting)).toMatchObject({ state: 'online' });
  });

  it('ends at once with what may be the beginning of a long PUBLISH [MQTT-3.2.0-1]', async () => {
    const { network, connecting } = started();
    await network.connection.open();
    await network.connection.giveBytes(Buffer.from('<html>'));
    expect(await fate(connecting)).toMatchObject({ clause: 'MQTT-3.2.0-1' });
  });

  it('ends with garbage', async () => {
    const { network, connecting } = started();
    await network.connection.open();
    await network.connection.giveBytes(bytes('48 54 54 50'));
    expect(await fate(connecting)).toBeInstanceOf(ProtocolError);
  });

  it('ends with a packet over maxPacketSize', async () => {
    const { network, connecting } = started({ maxPacketSize: 3 });
    await network.accept();
    expect(await fate(connecting)).toBeInstanceOf(PacketTooLargeError);
  });

  it.each<[string, ConnectOptions, string]>([
    ['a keep alive over 65,535', { keepAlive: 65_536 }, 'ProtocolError'],
    ['a password without a username', { password: 'p' }, 'ProtocolError'],
    ['no client id and a session to keep', { clientId: '', cleanSession: false }, 'ProtocolError'],
    ['a will with a wildcard', { will: { topic: '#', payload: '' } }, 'ProtocolError'],
    ['a password of neither text nor bytes', { username: 'u', password: 5 as never }, 'TypeError'],
    ['a password with a lone surrogate', { username: 'u', password: '\ud800' }, 'TypeError'],
  ])('opens nothing with %s', async (_, options, name) => {
    const { network, clock, connecting } = started(options);
    expect(await fate(connecting)).toMatchObject({ name });
    expect([network.connections.length, clock.pending]).toStrictEqual([0, []]);
  });

  it('says that it needs a transport', async () => {
    const connecting = connect('ws://h', {} as never);
    await expect(connecting).rejects.toThrow('options.transport is required');
    await expect(connecting).rejects.toBeInstanceOf(TypeError);
  });

  it('fails with what the transport throws', async () => {
    const cause = new SyntaxError('no URL');
    const { clock, connecting } = started({
      transport: () => {
        throw cause;
      },
    });
    expect(await fate(connecting)).toBe(cause);
    expect(clock.pending).toStrictEqual([]);
  });

  it('tries until it succeeds with reconnect.initial', async () => {
    const { network, clock, connecting } = started({ reconnect: { initial: true } });
    for (let i = 0; i < 3; i++) {
      await network.connection.cut();
      expect(await fate(connecting)).toBe('pending');
      await clock.advance(clock.pending[0]!);
    }
    expect(network.connections).toHaveLength(4);
    await network.accept();
    expect(await fate(connecting)).toMatchObject({ state: 'online' });
  });

  it('with reconnect.initial still fails for good when it is refused for good', async () => {
    const { network, clock, connecting } = started({ reconnect: { initial: true } });
    await network.connection.open();
    await network.connection.give(connack({ returnCode: 5 }));
    expect(await fate(connecting)).toMatchObject({ returnCode: 5 });
    expect(clock.pending).toStrictEqual([]);
  });

  it('two at a time share nothing', async () => {
    const a = await online();
    const b = await online();
    await a.connection.cut();
    expect([a.client.state, b.client.state]).toStrictEqual(['waiting', 'online']);
    await a.client.close();
    void b.client.publish('t', 'x', { qos: 1 });
    expect(await words(b.connection.taken())).toStrictEqual(['PUBLISH t q1 #1']);
  });
});

describe('the signal of connect', () => {
  const stages: Record<string, (network: Network, abort: AbortController) => Promise<unknown>> = {
    'before anything': async () => {},
    'while it opens': async () => settled(),
    'after CONNECT': (network) => network.connection.open(),
    'while it waits for the next attempt': (network) => network.connection.cut(),
  };
  it.each(Object.keys(stages))('gives up %s', async (stage) => {
    const network = new Network();
    const abort = new AbortController();
    if (stage === 'before anything') abort.abort();
    const connecting = network.connect({ signal: abort.signal, reconnect: { initial: true } });
    await stages[stage]!(network, abort);
    abort.abort();
    expect(await fate(connecting)).toBe(abort.signal.reason);
    expect(abort.signal.reason.name).toBe('AbortError');
    const ended = network.connections.map(({ end }) => end);
    expect(ended).toStrictEqual({ 'before anything': [] }[stage] ?? [stage.includes('next') ? undefined : 'aborted']);
    await network.clock.advance(HOUR);
    expect([network.connections.length, network.clock.pending]).toStrictEqual([ended.length, []]);
  });

  it('gives up while beforeConnect are awaited, which then come too late', async () => {
    const { promise, resolve } = deferred<object>();
    const abort = new AbortController();
    const { network, clock, connecting } = started({ signal: abort.signal, beforeConnect: () => promise });
    await settled();
    abort.abort();
    resolve({});
    expect(await fate(connecting)).toBe(abort.signal.reason);
    expect([network.connections.length, clock.pending]).toStrictEqual([0, []]);
  });

  it('gives up when it fires inside of connect', async () => {
    const abort = new AbortController();
    const network = new Network();
    const connecting = network.connect({
      signal: abort.signal,
      transport: (url, events) => {
        abort.abort();
        return network.transport(url, events);
      },
    });
    expect(await fate(connecting)).toBe(abort.signal.reason);
    await settled();
    expect([network.connection.end, network.clock.pending]).toStrictEqual(['aborted', []]);
  });

  it('has its own reason, and an AbortError where it tells none', async () => {
    const reason = new Error('enough');
    expect(await fate(new Network().connect({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    const old = { aborted: true, addEventListener: () => {}, removeEventListener: () => {} };
    expect(await fate(new Network().connect({ signal: old }))).toMatchObject({ name: 'AbortError' });
  });

  it('is without effect afterwards, and nobody listens to it any more', async () => {
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      addEventListener: (_: string, listener: () => void) => void listeners.add(listener),
      removeEventListener: (_: string, listener: () => void) => void listeners.delete(listener),
    };
    const { client } = await online({ signal });
    expect([client.state, listeners.size]).toStrictEqual(['online', 0]);
    const failing = started({
      signal,
      transport: () => {
        throw new Error('at once');
      },
    });
    await fate(failing.connecting);
    expect(listeners.size).toBe(0);
  });
});

describe('beforeConnect', () => {
  it('are asked for before every CONNECT, with its number, and go over the options', async () => {
    const beforeConnect = vi.fn(({ number }: { number: number }) => ({
      username: `u${number}`,
      password: `p${number}`,
    }));
    const { network } = await online({ clientId: 'me', username: 'old', beforeConnect });
    const connection = await network.reconnect();
    expect(beforeConnect.mock.calls).toMatchObject([
      [{ number: 1, failures: 0, cause: undefined }],
      [{ number: 2, failures: 1, cause: { reason: 'closed' } }],
    ]);
    expect(connection.packets[0]).toMatchObject({
      clientId: 'me',
      username: 'u2',
      password: new Uint8Array(Buffer.from('p2')),
    });
  });

  it.each<[string, () => never]>([
    [
      'throw',
      () => {
        throw new Error('no token');
      },
    ],
    ['reject', () => Promise.reject(new Error('no token')) as never],
  ])('that %s end the first attempt, and delay a later one', async (_, fail) => {
    const { connecting } = started({ beforeConnect: fail });
    expect(await fate(connecting)).toMatchObject({ message: 'no token' });

    let isBroken = false;
    const { network, client, clock } = await online({ beforeConnect: () => (isBroken ? fail() : {}) });
    isBroken = true;
    await network.connection.cut();
    await clock.advance(1_500);
    expect(network.connections).toHaveLength(1);
    expect(network.log.slice(-3)).toStrictEqual(['connecting', 'waiting', 'Error']);
    isBroken = false;
    await clock.advance(MINUTE);
    await network.accept();
    expect(client.state).toBe('online');
  });

  it('that come after their time are not used, and the next are number 2', async () => {
    const asked: number[] = [];
    const first = deferred<object>();
    const { network, clock } = started({
      reconnect: { initial: true },
      connectTimeout: 1_000,
      beforeConnect: ({ number }) => {
        asked.push(number);
        return number === 1 ? first.promise : {};
      },
    });
    await clock.advance(1_000);
    first.resolve({ username: 'late' });
    await settled();
    expect(network.connections).toHaveLength(0);
    await clock.advance(2_000);
    expect([asked, network.connections.length]).toStrictEqual([[1, 2], 1]);
  });
});

describe('a lost connection', () => {
  it('is told, with its reason, and made anew', async () => {
    const { network, clock, client } = await online();
    const causes: unknown[] = [];
    client.on('state', (_, cause) => causes.push(cause));
    await network.connection.cut(1001);
    expect(network.log).toStrictEqual(['waiting', 'ConnectionLostError']);
    expect(network.errors[0]).toMatchObject({ reason: 'closed', code: 1001 });
    expect(causes).toStrictEqual([network.errors[0]]);
    await clock.advance(2_000);
    await network.accept();
    expect(network.log.slice(2)).toStrictEqual(['connecting', 'online']);
    expect(client.state).toBe('online');
  });

  it('is the end with reconnect: false', async () => {
    const { network, clock, client } = await online({ reconnect: false });
    const publishing = quiet(client.publish('a', 'b', { qos: 1 }));
    await network.connection.cut();
    expect(network.log).toStrictEqual(['closed', 'ConnectionLostError']);
    expect(await fate(publishing)).toBe(network.errors[0]);
    expect(await fate(client.publish('a', 'b'))).toBe(network.errors[0]);
    expect(await fate(client.subscribe('a'))).toBe(network.errors[0]);
    expect([clock.pending, network.connections.length]).toStrictEqual([[], 1]);
    expect(await fate(client.close())).toBe(undefined);
    expect(network.log).toStrictEqual(['closed', 'ConnectionLostError']); // told once
  });

  it.each([
    [0, [1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000]],
    [0.999999, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
    [0.5, [1_500, 2_500, 4_500, 8_500, 16_500, 30_500, 30_500]],
  ])('is made anew after a delay that grows, with chance %d', async (chance, delays) => {
    const { network, clock } = await online();
    clock.chance = chance;
    const seen: number[] = [];
    await network.connection.cut();
    for (const _ of delays) {
      const [delay] = clock.pending;
      seen.push(Math.round(delay!));
      await clock.advance(delay!);
      await network.connection.cut();
    }
    expect(seen).toStrictEqual(delays);
  });

  it('is made anew after delays of any bounds', async () => {
    const { network, clock } = await online({ reconnect: { minDelay: 10, maxDelay: 15 } });
    clock.chance = 0.999999;
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) {
      await network.connection.cut();
      seen.push(Math.round(clock.pending[0]!));
      await clock.advance(clock.pending[0]!);
    }
    expect(seen).toStrictEqual([15, 15, 15]);
    const short = await online({ reconnect: { maxDelay: 5 } }); // shorter than the default minDelay
    await short.network.connection.cut();
    expect(short.clock.pending).toStrictEqual([5]);
  });

  it('ends the growth of delays only if it lasted ten times minDelay', async () => {
    for (const [lifetime, expected] of [
      [9_999, 16_000],
      [10_000, 2_000],
    ] as const) {
      const { network, clock } = await online();
      clock.chance = 0.999999;
      for (let i = 0; i < 3; i++) {
        await network.connection.cut();
        await clock.advance(clock.pending[0]!);
      }
      await network.accept();
      await clock.advance(lifetime);
      await network.connection.cut();
      expect(Math.round(clock.pending[0]!)).toBe(expected);
    }
  });

  it.each([
    [1, 'closed'],
    [2, 'closed'],
    [3, 'waiting'],
    [4, 'closed'],
    [5, 'closed'],
  ] as const)('and then refused with return code %i is %s', async (returnCode, state) => {
    const { network, clock, client } = await online();
    await network.connection.cut();
    await clock.advance(2_000);
    await network.connection.open();
    await network.connection.give(connack({ returnCode }), inbound('behind it', 1, 1));
    expect(client.state).toBe(state);
    expect(network.errors.at(-1)).toMatchObject({ returnCode });
    expect(network.log).not.toContain('message behind it');
  });

  it('and then refused is tried again when beforeConnect may have changed', async () => {
    const { network, clock, client } = await online({ beforeConnect: () => ({}) });
    for (const returnCode of [1, 2, 4, 5] as const) {
      await network.connection.cut();
      await clock.advance(MINUTE);
      await network.connection.open();
      await network.connection.give(connack({ returnCode }));
      expect(client.state).toBe('waiting');
      await clock.advance(MINUTE);
    }
  });

  it('is lost again and again right after its CONNACK: a fight over the client id is suspected', async () => {
    const { network, clock } = await online();
    clock.chance = 0.999999;
    const delays: number[] = [];
    for (let i = 0; i < 4; i++) {
      await clock.advance(500);
      await network.connection.cut(1000);
      delays.push(Math.round(clock.pending[0]!));
      await clock.advance(clock.pending[0]!);
      await network.accept();
    }
    expect(network.errors.map(({ message }) => /same clientId/.test(message))).toStrictEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(network.errors[2]).toMatchObject({
      name: 'ConnectionLostError',
      reason: 'closed',
      cause: { reason: 'closed' },
    });
    expect(delays).toStrictEqual([2_000, 4_000, 8_000, 16_000]);
    await clock.advance(10_000);
    await network.connection.cut(1000);
    expect(network.errors.at(-1)!.message).not.toMatch(/clientId/);
  });

  it('after which the network is away is no fight', async () => {
    const { network, clock } = await online();
    for (let i = 0; i < 5; i++) {
      await network.connection.cut();
      await clock.advance(clock.pending[0]!);
    }
    expect(network.errors.some(({ message }) => /clientId/.test(message))).toBe(false);
  });

  it.each([
    ['a second CONNACK', connack(), 'MQTT-3.2.0-1'],
    ['PINGREQ, which is for clients', pingreq(), '§2.2.1'],
    ['CONNECT, which is for clients', connectPacket({ clientId: 'me' }), '§2.2.1'],
    [
      'SUBSCRIBE, which is for clients',
      subscribe({ packetId: 1, subscriptions: [{ topicFilter: 'a', qos: 0 }] }),
      '§2.2.1',
    ],
    ['UNSUBSCRIBE, which is for clients', unsubscribe({ packetId: 1, topicFilters: ['a'] }), '§2.2.1'],
    ['DISCONNECT, which is for clients', disconnect(), '§2.2.1'],
  ])('is the answer to %s [MQTT-4.8.0-1]', async (_, packet, clause) => {
    const { network, client, connection } = await online();
    await connection.give(packet);
    expect([connection.end, client.state]).toStrictEqual(['aborted', 'waiting']);
    expect(network.errors[0]).toMatchObject({ name: 'ProtocolError', clause });
  });

  it('is the answer to malformed bytes, and what follows them is not read [MQTT-4.8.0-1]', async () => {
    const { network, client, connection } = await online();
    const messages: string[] = [];
    client.on('unrouted', ({ topic }) => messages.push(topic));
    const good = Buffer.from(encode(inbound('good')));
    await connection.giveBytes(Buffer.concat([good, bytes('36 02 00 00'), good]));
    await connection.giveBytes(good);
    expect(messages).toStrictEqual(['good']);
    expect(network.errors[0]).toMatchObject({ clause: 'MQTT-3.3.1-4' });
    expect([connection.end, client.state]).toStrictEqual(['aborted', 'waiting']);
  });

  it('is the answer to a packet that cannot be taken now [MQTT-4.8.0-2]', async () => {
    const { network, client, connection } = await online({ maxPacketSize: 100 });
    await connection.give(publish({ topic: 'a', payload: new Uint8Array(200) }));
    expect(connection.end).toBe('aborted');
    expect(network.errors[0]).toMatchObject({ name: 'PacketTooLargeError', packetSize: 206, maxPacketSize: 100 });
    expect(client.state).toBe('waiting');
  });

  it('tells no secret', async () => {
    const told: string[] = [];
    const { network, clock, client } = await online({
      username: 'u',
      password: 'hunter2',
      reconnect: { initial: true },
    });
    client.on('packet', (_, packet) =>
      told.push(
        JSON.stringify(packet, (_key, value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value)),
      ),
    );
    await network.connection.cut(1006, new Error('cut'));
    await clock.advance(MINUTE);
    await network.connection.open();
    await network.connection.giveBytes(bytes('00'));
    await clock.advance(MINUTE);
    await network.connection.open();
    await network.connection.give(connack({ returnCode: 4 }));
    const errors = network.errors.flatMap((error) => [error.message, error.stack, JSON.stringify(error)]);
    expect(told.some((line) => line.includes('"username":"u"'))).toBe(true);
    expect(JSON.stringify([told, errors])).not.toContain('hunter2');
    expect(Buffer.concat(network.connection.frames).toString()).toContain('hunter2');
  });
});

describe('the messages of a resumed session', () => {
  /** Does what an application does that waits for connect() in a function of its own, with fake timers. */
  const whenConnected = (connecting: Promise<Client>, act: (client: Client) => void) => {
    const wrapped = async () => {
      const open = async () => await connecting;
      return await open();
    };
    void (async () => act(await wrapped()))();
  };

  it('find the listeners and subscriptions that are made as soon as connect() resolves', async () => {
    const { network, connecting } = started({ cleanSession: false });
    const seen: string[] = [];
    whenConnected(connecting, (client) => {
      client.on('unrouted', ({ topic }) => seen.push(`message ${topic}`));
      void client.subscribe('b', {}, ({ topic }) => void seen.push(`handler ${topic}`));
    });
    await network.connection.open();
    await network.connection.give(connack({ sessionPresent: true }), inbound('a', 1, 7), inbound('b', 1, 8));
    await network.connection.give(inbound('c', 0));
    expect(seen).toStrictEqual(['message a', 'handler b', 'message c']);
    expect(await words(network.connection.taken())).toStrictEqual(['SUBSCRIBE #1 b:0', 'PUBACK #7', 'PUBACK #8']);
  });

  it('that break the protocol end the connection all the same', async () => {
    const { network, connecting } = started({ cleanSession: false });
    whenConnected(connecting, (client) => network.listen(client));
    await network.connection.open();
    await network.connection.give(connack(), connack());
    expect(network.errors).toMatchObject([{ clause: 'MQTT-3.2.0-1' }]);
  });

  it('are let go with a connection that is lost before', async () => {
    const { network, connecting } = started({ cleanSession: false });
    whenConnected(connecting, (client) => {
      network.listen(client);
      void network.connection.cut();
    });
    await network.connection.open();
    await network.connection.give(connack(), inbound('a', 1, 7));
    expect(network.log).toStrictEqual(['waiting', 'ConnectionLostError']);
  });
});

it('a filter that was left to a subscription that is then given up is left at the broker, too', async () => {
  const { network, clock, client, connection } = await online({ cleanSession: false });
  const subscribing = client.subscribe('a');
  await settled();
  await connection.give(suback({ packetId: 1, returnCodes: [0] }));
  const first = await subscribing;
  await connection.cut();
  const abort = new AbortController();
  void quiet(client.subscribe(['a', 'b'], { signal: abort.signal }));
  await first.unsubscribe(); // the other one holds it
  abort.abort();
  await clock.advance(2_000);
  const again = await network.accept(true);
  expect(await words(again.taken())).toStrictEqual(['UNSUBSCRIBE #2 a']);
});

describe('a session that may be another', () => {
  it.each([
    ['is subscribed to again after a CONNECT without an answer', false, ['SUBSCRIBE #2 a:0']],
    ['is not after one that was refused', true, []],
  ])('%s', async (_, isRefused, expected) => {
    const { network, clock, client } = await online({ cleanSession: false });
    const subscribing = client.subscribe('a');
    await settled();
    await network.connection.give(suback({ packetId: 1, returnCodes: [0] }));
    await subscribing;
    await network.connection.cut();
    await clock.advance(2_000);
    await network.connection.open(); // takes the CONNECT, and with it the news of a new session
    if (isRefused) await network.connection.give(connack({ returnCode: 3 }));
    else await network.connection.cut();
    await clock.advance(MINUTE);
    const connection = await network.accept(true);
    expect(await words(connection.taken())).toStrictEqual(expected);
  });
});

describe('keep alive', () => {
  it('waits for pingTimeout', async () => {
    const { clock, connection } = await online({ keepAlive: 60, pingTimeout: 3_000 });
    await clock.advance(52_999);
    expect(connection.end).toBe(undefined);
    await clock.advance(1);
    expect(connection.end).toBe('aborted');
  });

  it('sends PINGREQ when nothing was sent for a while, and no timer is touched by traffic [MQTT-3.1.2-23]', async () => {
    const { network, clock, client, connection } = await online({ keepAlive: 60 });
    await connection.taken();
    expect(clock.pending).toStrictEqual([50_000]);
    await clock.advance(20_000);
    await client.publish('a', 'b');
    await connection.give(inbound('c'));
    expect(clock.pending).toStrictEqual([30_000]);
    await clock.advance(30_000);
    expect(clock.pending).toStrictEqual([20_000]);
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a']);
    await clock.advance(20_000);
    expect(await words(connection.taken())).toStrictEqual(['PINGREQ']);
    await connection.give(pingresp());
    await clock.advance(49_999);
    expect(await words(connection.taken())).toStrictEqual([]);
    await clock.advance(1);
    expect(await words(connection.taken())).toStrictEqual(['PINGREQ']);
    expect(network.log).toStrictEqual(['message c']);
  });

  it('counts from the CONNECT, however long its CONNACK takes [MQTT-3.1.2-23]', async () => {
    for (const [wait, left] of [
      [20_000, 30_000],
      [80_000, 0],
    ] as const) {
      const { network, clock, connecting } = started({ keepAlive: 60, connectTimeout: HOUR });
      await network.connection.open();
      await clock.advance(wait);
      await network.connection.give(connack());
      await connecting;
      await clock.advance(left);
      expect(await words(network.connection.taken())).toStrictEqual(['PINGREQ']);
    }
  });

  it('with no PINGRESP ends the connection, and says why', async () => {
    const { network, clock, connection } = await online({ keepAlive: 60 });
    await clock.advance(59_999);
    expect(network.log).toStrictEqual([]);
    await clock.advance(1);
    expect(connection.end).toBe('aborted');
    expect(network.errors).toMatchObject([{ reason: 'keep-alive-timeout' }]);
  });

  it('0 sets no timer', async () => {
    const { clock, connection } = await online({ keepAlive: 0 });
    expect(clock.pending).toStrictEqual([]);
    await clock.advance(24 * HOUR);
    expect(await words(connection.taken())).toStrictEqual([]);
  });

  it('asks at once after a sleep: at the next tick, frame or send', async () => {
    const wakers: ((client: Client, network: Network) => Promise<unknown>)[] = [
      (_, { clock }) => clock.advance(0),
      (_, { connection }) => connection.give(inbound('a')),
      (client) => client.publish('a', 'b').then(settled),
      async (client) => {
        client.wake();
        await settled();
      },
    ];
    for (const wake of wakers) {
      const { network, clock, client, connection } = await online({ keepAlive: 60 });
      await connection.taken();
      clock.sleep(HOUR);
      await wake(client, network);
      expect((await words(connection.taken())).filter((word) => word === 'PINGREQ')).toStrictEqual(['PINGREQ']);
      expect(client.state).toBe('online');
      await clock.advance(10_000);
      expect(client.state).toBe('waiting');
    }
  });

  it('asks at once when the clock is set back', async () => {
    const { clock, client, connection } = await online({ keepAlive: 60 });
    await connection.taken();
    clock.set(-HOUR);
    await connection.give(inbound('a'));
    expect(await words(connection.taken())).toStrictEqual(['PINGREQ']);
    await connection.give(pingresp());
    await clock.advance(49_000);
    expect([client.state, await words(connection.taken())]).toStrictEqual(['online', []]);
    await clock.advance(1_000);
    expect(await words(connection.taken())).toStrictEqual(['PINGREQ']);
  });

  it('sets its timer once for each packet and PINGREQ at most, where the clock counts fractions that timers cut off', async () => {
    // up to 59 s: at 60 s, the PINGREQ of 50 s has waited too long
    const gap = fc.integer({ min: 0, max: 5_900_000 }).map((hundredths) => hundredths / 100);
    const life = fc.asyncProperty(fc.array(gap, { minLength: 1, maxLength: 10 }), async (gaps) => {
      const network = new Network();
      let timers = 0;
      const clock = Object.assign(Object.create(network.clock) as FakeClock, {
        setTimeout(callback: () => void, milliseconds: number) {
          timers += 1;
          if (timers > 1_000) throw new Error('a timer comes too early, again and again');
          return network.clock.setTimeout(callback, Math.trunc(milliseconds));
        },
      });
      const client = await network.online({ keepAlive: 60, clock });
      const { connection } = network;
      let pings = 0;
      const answered = async () => {
        const asked = (await connection.taken()).filter(({ type }) => type === PacketType.PINGREQ).length;
        pings += asked;
        if (asked > 0) await connection.give(pingresp());
        return asked > 0;
      };
      timers = 0;
      for (const gap of gaps) {
        await network.clock.advance(gap);
        if (!(await answered())) await connection.give(inbound('a'));
        expect(client.state).toBe('online');
        await client.publish('a', 'b');
        await answered(); // also answers what came due in the meantime
      }
      expect([client.state, timers <= gaps.length + pings]).toStrictEqual(['online', true]);
    });
    await fc.assert(life, { numRuns: 50 });
  });

  it('never waits behind a slow handler', async () => {
    const { clock, client, connection } = await online({ keepAlive: 60 });
    const subscribing = client.subscribe('a', { qos: 1 }, () => new Promise(() => {}));
    await settled();
    await connection.give(suback({ packetId: 1, returnCodes: [1] }));
    await subscribing;
    await connection.give(inbound('a', 1, 1), inbound('a', 1, 2));
    await connection.taken();
    for (let i = 0; i < 5; i++) {
      await clock.advance(50_000);
      expect(await words(connection.taken())).toStrictEqual(['PINGREQ']);
      await connection.give(pingresp());
    }
    expect(client.state).toBe('online');
  });
});

describe('wake', () => {
  it('probes the connection, also with keep alive 0', async () => {
    for (const keepAlive of [0, 60]) {
      const { clock, client, connection } = await online({ keepAlive });
      await connection.taken();
      client.wake();
      expect(await words(connection.taken())).toStrictEqual(['PINGREQ']);
      await clock.advance(9_999);
      expect(client.state).toBe('online');
      await clock.advance(1);
      expect(client.state).toBe('waiting');
    }
  });

  it('makes the next attempt now, and only one', async () => {
    const { network, clock, client } = await online();
    await network.connection.cut();
    client.wake();
    client.wake();
    expect(client.state).toBe('connecting');
    expect(network.connections).toHaveLength(2);
    await network.accept();
    await clock.advance(10_000);
    expect(network.connections).toHaveLength(2);
  });

  it('does nothing to a closed client', async () => {
    const { network, client } = await online();
    void client.close();
    client.wake();
    await network.connection.cut(1000);
    client.wake();
    expect(network.connections).toHaveLength(1);
  });
});

describe('close', () => {
  it('sends DISCONNECT last, closes, and resolves when that is done [MQTT-3.14.4-1]', async () => {
    const { network, clock, client, connection } = await online();
    await connection.taken();
    void client.publish('a', 'b');
    const closing = client.close();
    expect(client.state).toBe('online'); // what was published leaves first
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a', 'DISCONNECT']);
    expect(client.state).toBe('closed');
    expect(connection.end).toBe('closed');
    expect(await fate(closing)).toBe('pending');
    await connection.cut(1000);
    expect(await fate(closing)).toBe(undefined);
    expect([clock.pending, network.log]).toStrictEqual([[], ['closed']]);
  });

  it('sends nothing behind DISCONNECT, whatever comes in or is asked for [MQTT-3.14.4-2]', async () => {
    const { network, clock, client, connection } = await online({ keepAlive: 1 });
    const taken: (() => void)[] = [];
    const subscribing = client.subscribe('a', { qos: 1 }, () => new Promise((resolve) => taken.push(resolve)));
    await settled();
    await connection.give(suback({ packetId: 1, returnCodes: [1] }));
    await subscribing;
    await connection.give(inbound('a', 1, 1), inbound('b', 2, 2));
    client.on('packet', (direction, { type }) => {
      if (direction === 'sent' && type === PacketType.DISCONNECT) void client.publish('late', '').catch(() => {});
    });
    client.on('state', () => void client.publish('later', '').catch(() => {}));
    void client.close();
    void client.close();
    void client.publish('latest', '').catch(() => {});
    client.wake();
    taken[0]!();
    await connection.give(inbound('a', 1, 3), puback(9));
    await clock.advance(4_000);
    expect((await words(connection.taken())).slice(-2)).toStrictEqual(['PUBACK #1', 'DISCONNECT']);
    expect(network.log).toStrictEqual(['message b', 'closed']);
  });

  it('sends nothing behind DISCONNECT when a PINGREQ was due [MQTT-3.14.4-2]', async () => {
    const { clock, client, connection } = await online({ keepAlive: 60 });
    await connection.taken();
    const send = vi.spyOn(connection, 'send');
    clock.sleep(HOUR);
    void client.close();
    await clock.advance(4_000);
    expect(await words(connection.taken())).toStrictEqual(['DISCONNECT']);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('is idempotent', async () => {
    const { client, connection } = await online();
    const closing = client.close();
    expect(client.close()).toBe(closing);
    await connection.cut(1000);
    await closing;
    expect(client.close()).toBe(closing);
    expect((await words(connection.taken())).filter((word) => word === 'DISCONNECT')).toHaveLength(1);
  });

  it('takes five seconds at most, and then cuts', async () => {
    const { clock, client, connection } = await online();
    const closing = client.close();
    await clock.advance(4_999);
    expect(await fate(closing)).toBe('pending');
    await clock.advance(1);
    expect(await fate(closing)).toBe(undefined);
    expect(clock.pending).toStrictEqual([]);
    expect(connection.end).toBe('closed');
  });

  it('settles everything that waits', async () => {
    const { clock, client, connection } = await online({ maxInflight: 1 });
    connection.buffered = 1_000_000;
    const pending = [
      client.publish('a', '', { qos: 1 }),
      client.publish('b', '', { qos: 2 }),
      client.publish('c', ''),
      client.subscribe('d'),
    ];
    await settled();
    void client.close({ drain: 0 });
    for (const promise of pending)
      expect(await fate(promise as Promise<unknown>)).toMatchObject({
        name: 'ConnectionLostError',
        reason: 'client-closed',
      });
    expect(clock.pending).toStrictEqual([5_000, 5_000]); // for the peer, and for the store
  });

  it('resolves an unsubscribe that waits', async () => {
    const { client, connection } = await online();
    const subscribing = client.subscribe('a');
    await settled();
    await connection.give(suback({ packetId: 1, returnCodes: [0] }));
    const leaving = (await subscribing).unsubscribe();
    expect(await fate(leaving)).toBe('pending');
    void client.close();
    expect(await fate(leaving)).toBe(undefined);
  });

  it('cancels an attempt to connect again, at every stage, and stays closed', async () => {
    let later = deferred<object>();
    const stages: [ConnectOptions, (network: Network) => Promise<unknown>, (string | undefined)[]][] = [
      [{}, async () => {}, [undefined]], // waiting
      [{}, ({ clock }) => clock.advance(MINUTE), [undefined, 'aborted']],
      [
        {},
        ({ clock, transport: _, ...network }) => clock.advance(MINUTE).then(() => network.connections[1]!.open()),
        [undefined, 'closed'], // behind a DISCONNECT, or the broker would publish the will
      ],
      [
        { beforeConnect: ({ number }) => (number === 1 ? {} : later.promise) },
        ({ clock }) => clock.advance(2_000),
        [undefined],
      ],
    ];
    for (const [options, reach, ends] of stages) {
      later = deferred();
      const { network, clock, client } = await online({ ...options, connectTimeout: HOUR });
      await network.connection.cut();
      await reach(network);
      const closing = client.close();
      if (ends[1] === 'closed') {
        expect((await words(network.connection.taken())).at(-1)).toBe('DISCONNECT');
        await network.connection.cut(1000);
      }
      expect(await fate(closing)).toBe(undefined);
      later.resolve({});
      await clock.advance(2 * HOUR);
      expect(network.connections.map(({ end }) => end)).toStrictEqual(ends);
      expect([client.state, clock.pending]).toStrictEqual(['closed', []]);
    }
  });

  it('may be called by any listener, in any state', async () => {
    for (const state of ['waiting', 'connecting', 'online', 'closed'] as const) {
      const { network, clock, client } = await online();
      client.on('state', (now) => {
        if (now === state) void client.close();
      });
      await network.connection.cut();
      await clock.advance(2_000);
      const isTriedAgain = state === 'online' || state === 'closed';
      expect(network.connections).toHaveLength(isTriedAgain ? 2 : 1);
      if (isTriedAgain) {
        await network.accept();
        await network.connection.cut();
      }
      if (state === 'closed') void client.close();
      await clock.advance(HOUR);
      expect([client.state, clock.pending]).toStrictEqual(['closed', []]);
      expect(network.log.filter((word) => word === 'closed')).toHaveLength(1);
      expect(network.log.slice(network.log.indexOf('closed') + 1)).toStrictEqual(
        state === 'waiting' ? ['ConnectionLostError'] : [],
      );
    }
  });

  it('may be called when a packet is sent or received, the CONNACK too', async () => {
    for (const type of [PacketType.CONNECT, PacketType.CONNACK, PacketType.PUBLISH, PacketType.PUBACK]) {
      const { network, clock, client } = await online();
      client.on('packet', (_, packet) => {
        if (packet.type === type) void client.close();
      });
      await network.connection.cut();
      await clock.advance(2_000);
      await network.accept();
      if (client.state === 'online') {
        void client.publish('a', 'b', { qos: 1 }).catch(() => {});
        await settled();
        await network.connection.give(puback(1));
      }
      await network.connection.cut(1000);
      await clock.advance(HOUR);
      expect([client.state, clock.pending]).toStrictEqual(['closed', []]);
      expect(network.log.at(-1)).toBe('closed');
    }
  });

  it('may be called inside of a handler, and waits 5 s for one that never settles', async () => {
    const { client, connection, clock } = await online();
    const closings: Promise<void>[] = [];
    const seen: string[] = [];
    const handle = ({ topic }: { topic: string }) => {
      seen.push(topic);
      closings.push(client.close());
      return new Promise<void>(() => {});
    };
    const subscribing = client.subscribe('#', { qos: 1 }, handle);
    const other = client.subscribe('+', { qos: 1 }, () => void seen.push('other'));
    await settled();
    await connection.give(suback({ packetId: 1, returnCodes: [1] }), suback({ packetId: 2, returnCodes: [1] }));
    await subscribing;
    await other;
    await connection.taken();
    await connection.give(inbound('a', 1, 1), inbound('b', 1, 2));
    expect(seen).toStrictEqual(['a']);
    expect(await connection.taken()).toStrictEqual([]);
    await clock.advance(5_000);
    expect(await words(connection.taken())).toStrictEqual(['DISCONNECT']);
    await connection.cut(1000);
    expect(await fate(closings[0]!)).toBe(undefined);
    expect(clock.pending).toStrictEqual([]);
  });

  it('is what `await using` does', async () => {
    const { client } = await online();
    expect(client[Symbol.asyncDispose]()).toBe(client.close());
  });
});

describe('events', () => {
  it('go to every listener until it is off', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    const off = client.on('unrouted', () => seen.push('one'));
    client.on('unrouted', () => {
      seen.push('two');
      client.on('unrouted', () => seen.push('added'));
    });
    await connection.give(inbound('a'));
    off();
    off();
    await connection.give(inbound('a'));
    expect(seen).toStrictEqual(['one', 'two', 'two', 'added']);
  });

  it('whose listener throws go on, and the error is told', async () => {
    const { network, client, connection } = await online();
    const seen: string[] = [];
    client.on('unrouted', () => {
      throw new Error('listener');
    });
    client.on('unrouted', ({ topic }) => seen.push(topic));
    await connection.give(inbound('a', 1, 1));
    expect(seen).toStrictEqual(['a']);
    expect(network.errors).toMatchObject([{ message: 'listener' }]);
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1']);
    expect(client.state).toBe('online');
  });

  it('of errors whose listener throws go to the platform', async () => {
    const { network, client } = await online();
    const told: unknown[] = [];
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => told.push(error));
    client.on('error', () => {
      throw new Error('of the error listener');
    });
    await network.connection.cut();
    await settled();
    process.removeAllListeners('unhandledRejection');
    for (const listener of before) process.on('unhandledRejection', listener);
    expect(told).toMatchObject([{ message: 'of the error listener' }]);
    expect(client.state).toBe('waiting');
  });

  it('of packets tell all of them, in both directions and in their order, and no password', async () => {
    const { network, clock, client } = await online({ username: 'u', password: 'secret' });
    const seen: string[] = [];
    client.on('packet', (direction, packet) => {
      seen.push(`${direction} ${say(packet)}`);
      if (packet.type === PacketType.CONNECT) expect(packet.password).toStrictEqual(new Uint8Array(0));
    });
    await network.connection.cut();
    await clock.advance(2_000);
    await network.accept();
    void client.publish('a', '', { qos: 1 });
    await settled();
    await network.connection.give(puback(1), inbound('b', 1, 5));
    expect(seen).toStrictEqual([
      'sent CONNECT',
      'received CONNACK',
      'sent PUBLISH a q1 #1',
      'received PUBACK #1',
      'received PUBLISH b q1 #5',
      'sent PUBACK #5',
    ]);
    expect(decode(network.connection.frames[0]!)).toMatchObject({ password: new Uint8Array(Buffer.from('secret')) });
  });
});
