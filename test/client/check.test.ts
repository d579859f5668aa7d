// Mistakes that plain JavaScript lets pass: each is refused with words that say what to write instead.
import { describe, expect, it } from 'vitest';
import { checkOptions } from '../../src/client/check.ts';
import type { ConnectOptions, Message } from '../../src/client/client.ts';
import { withoutUserInfo } from '../../src/client/options.ts';
import { PacketType } from '../../src/codec/codec.ts';
import { fate, Network } from '../support/fake-network.ts';

const says = (text: string) => expect.stringContaining(text);

/** A client as plain JavaScript sees it. */
type AnyClient = Record<'publish' | 'subscribe', (...args: unknown[]) => Promise<unknown>> &
  Record<'on', (...args: unknown[]) => void>;

const online = async () => {
  const network = new Network();
  const client = (await network.online()) as unknown as AnyClient;
  return { network, client };
};

const WHOLE: readonly [field: string, path: readonly string[], min: number, max: number][] = [
  ['keepAlive', ['keepAlive'], 0, Number.POSITIVE_INFINITY],
  ['connectTimeout', ['connectTimeout'], 1, Number.POSITIVE_INFINITY],
  ['pingTimeout', ['pingTimeout'], 1, Number.POSITIVE_INFINITY],
  ['reconnect.minDelay', ['reconnect', 'minDelay'], 0, Number.POSITIVE_INFINITY],
  ['reconnect.maxDelay', ['reconnect', 'maxDelay'], 0, Number.POSITIVE_INFINITY],
  ['maxPacketSize', ['maxPacketSize'], 0, Number.POSITIVE_INFINITY],
  ['maxInflight', ['maxInflight'], 1, 65_535],
  ['maxInflight.qos1', ['maxInflight', 'qos1'], 1, 65_535],
  ['maxInflight.qos2', ['maxInflight', 'qos2'], 1, 65_535],
  ['maxQueued', ['maxQueued'], 0, Number.POSITIVE_INFINITY],
  ['maxFrameSize', ['maxFrameSize'], 0, Number.POSITIVE_INFINITY],
  ['maxWaiting', ['maxWaiting'], 0, Number.POSITIVE_INFINITY],
  ['maxWaitingBytes', ['maxWaitingBytes'], 0, Number.POSITIVE_INFINITY],
  ['will.qos', ['will', 'qos'], 0, Number.POSITIVE_INFINITY],
  ['qos', ['qos'], 0, Number.POSITIVE_INFINITY],
];

describe('a number among the options', () => {
  it.each(WHOLE)('%s must be whole and in its range', (field, path, min, max) => {
    const range = max === Number.POSITIVE_INFINITY ? 'on' : `to ${max}`;
    const check = (value: unknown) => () =>
      checkOptions(path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object);
    for (const value of [min, 5, max, undefined]) expect(check(value)).not.toThrow();
    for (const value of [min - 1, max + 1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
      if (value === max) continue; // there is nothing beyond Infinity
      expect(check(value)).toThrow(RangeError);
      expect(check(value)).toThrow(`${field} must be a whole number from ${min} ${range}, not ${value}`);
    }
    for (const value of ['5', null, true, [5], 5n]) {
      if (Array.isArray(value) && field === 'maxInflight') continue;
      expect(check(value)).toThrow(TypeError);
      expect(check(value)).toThrow(`${field} must be a whole number from ${min} ${range}, not `);
    }
    expect(check('5')).toThrow("not '5'");
  });

  it('is not checked where its name is unknown', () => {
    expect(() => checkOptions({ minVersion: 'TLSv1.2', maxRetries: 0.5, signal: {} })).not.toThrow();
    expect(() => checkOptions({ webSocketOptions: { rejectUnauthorized: false } })).not.toThrow();
  });

  it('minDelay may be as long as maxDelay and not longer', () => {
    expect(() => checkOptions({ reconnect: { minDelay: 5, maxDelay: 5 } })).not.toThrow();
    const check = () => checkOptions({ reconnect: { minDelay: 6, maxDelay: 5 } });
    expect(check).toThrow(new RangeError('reconnect.minDelay must be a whole number from 0 to 5, not 6'));
  });

  it.each<[string, object, typeof TypeError]>([
    ['maxQueued', { maxQueued: Number.NaN }, RangeError],
    ['keepAlive', { keepAlive: '60' }, TypeError],
    ['reconnect.minDelay', { reconnect: { minDelay: Number.NaN } }, RangeError],
  ])('is checked before anything is opened: %s', async (field, options, Refusal) => {
    const network = new Network();
    const error = await fate(network.connect(options as ConnectOptions));
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ message: says(field) });
    expect([network.connections.length, network.clock.pending]).toStrictEqual([0, []]);
  });
});

describe('a delay', () => {
  it('that no timer can hold never comes: connectTimeout', async () => {
    const network = new Network();
    const connecting = network.connect({ connectTimeout: Number.MAX_SAFE_INTEGER });
    expect(await fate(connecting)).toBe('pending');
    expect(network.clock.pending).toStrictEqual([]);
    await network.accept();
    expect(await fate(connecting)).toMatchObject({ state: 'online' });
  });

  it('that no timer can hold never comes: minDelay, until wake()', async () => {
    const network = new Network();
    const client = await network.online({
      reconnect: { minDelay: Number.POSITIVE_INFINITY, maxDelay: Number.POSITIVE_INFINITY },
    });
    await network.connection.cut();
    expect([client.state, network.clock.pending]).toStrictEqual(['waiting', []]);
    client.wake();
    expect(client.state).toBe('connecting');
  });

  it('grows from minDelay 0, too, for as many failures as there are', async () => {
    const network = new Network();
    network.clock.chance = 0.999999;
    const client = await network.online({ reconnect: { minDelay: 0, maxDelay: 100 } });
    const delays: number[] = [];
    for (let i = 0; i < 1_100; i++) {
      await network.connection.cut();
      delays.push(Math.round(network.clock.pending[0]!));
      client.wake();
    }
    expect(delays.slice(0, 8)).toStrictEqual([2, 4, 8, 16, 32, 64, 100, 100]);
    expect(delays.at(-1)).toBe(100);
  });
});

describe('true or false', () => {
  it.each(['cleanSession', 'retain', 'initial'])('is what %s must be', (name) => {
    for (const value of [true, false, undefined]) expect(() => checkOptions({ [name]: value })).not.toThrow();
    for (const value of ['false', 0, 1, null])
      expect(() => checkOptions({ [name]: value })).toThrow(`${name} must be true or false, not `);
  });
});

describe('a name of MQTT.js', () => {
  it.each([
    ['keepalive', 60, 'keepAlive'],
    ['clean', true, 'cleanSession'],
    ['reconnectPeriod', 1_000, 'reconnect.minDelay'],
    ['rejectUnauthorized', false, 'webSocketOptions.rejectUnauthorized'],
    ['ca', 'x', 'webSocketOptions.ca'],
    ['cert', 'x', 'webSocketOptions.cert'],
    ['key', 'x', 'webSocketOptions.key'],
    ['protocolVersion', 4, 'none (it is 4)'],
  ])('%s is refused among the options', async (name, value, right) => {
    const message = `option must be ${right}, not '${name}'`;
    expect(await fate(new Network().connect({ [name]: value }))).toMatchObject({ name: 'TypeError', message });
  });

  it.each(['connect', 'close', 'offline', 'toString', '', undefined, 'state '])('%s is no event', async (event) => {
    const { client } = await online();
    const message = 'event must be state, error, unrouted or packet, not ';
    expect(() => client.on(event, () => {})).toThrow(message);
    expect(() => client.on(event, () => {})).toThrow(TypeError);
  });
});

describe('publish', () => {
  it('calls nobody back, and says so', async () => {
    const { network, client } = await online();
    const callback = () => {
      throw new Error('it was called');
    };
    for (const args of [
      ['t', 'm', callback],
      ['t', 'm', {}, callback],
      ['t', 'm', { qos: 1 }, callback],
    ])
      expect(await fate(client.publish(...args))).toMatchObject({
        name: 'TypeError',
        message: says('await the promise'),
      });
    expect(await network.connection.taken()).toStrictEqual([]);
  });

  it.each([
    [{ a: 1 }, 'object'],
    [5, 'number'],
    [undefined, 'undefined'],
    [null, 'object'],
    [[1], 'object'],
    [true, 'boolean'],
  ])('of %o says how to make a payload of it', async (payload, type) => {
    const { client } = await online();
    const message = `payload must be a Uint8Array or string (JSON.stringify, String), not '${type}'`;
    expect(await fate(client.publish('a', payload))).toMatchObject({ name: 'TypeError', message });
  });

  it.each([
    [{ qos: '1' }, TypeError, 'qos'],
    [{ qos: null }, TypeError, 'qos'],
    [{ qos: -1 }, RangeError, 'qos'],
    [{ qos: 1, retain: 1 }, TypeError, 'retain'],
  ])('with %o rejects, and sends nothing', async (options, Refusal, field) => {
    const { network, client } = await online();
    const error = await fate(client.publish('a', 'b', options));
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ message: says(field) });
    expect(await network.connection.taken()).toStrictEqual([]);
  });
});

describe('a will', () => {
  it('without payload, or with one of another type, is refused with the words of a payload', async () => {
    for (const will of [{ topic: 'a' }, { topic: 'a', payload: {} }])
      expect(await fate(new Network().connect({ will } as never))).toMatchObject({
        name: 'TypeError',
        message: says('will payload must be a Uint8Array or string'),
      });
  });
});

describe('subscribe', () => {
  it('takes a handler in place of the options', async () => {
    const { network, client } = await online();
    const seen: string[] = [];
    void client.subscribe('a', ({ topic }: Message) => void seen.push(topic));
    expect(await network.connection.taken()).toMatchObject([
      { type: PacketType.SUBSCRIBE, subscriptions: [{ topicFilter: 'a', qos: 0 }] },
    ]);
    await network.connection.give({
      type: PacketType.PUBLISH,
      topic: 'a',
      payload: new Uint8Array(0),
      qos: 0,
      retain: false,
      dup: false,
      packetId: 0,
    });
    expect(seen).toStrictEqual(['a']);
  });

  it.each([
    [{ qos: '1' }, TypeError],
    [{ qos: 0.5 }, RangeError],
    [{ maxWaiting: -1 }, RangeError],
  ])('with %o rejects, and sends nothing', async (options, Refusal) => {
    const { network, client } = await online();
    expect(await fate(client.subscribe('a', options))).toBeInstanceOf(Refusal);
    expect(await network.connection.taken()).toStrictEqual([]);
  });
});

describe('user name and password in a url', () => {
  it.each([
    ['ws://h/mqtt', 'ws://h/mqtt', undefined, undefined],
    ['wss://u:p@h:8084/mqtt?x=1#y', 'wss://h:8084/mqtt?x=1#y', 'u', 'p'],
    ['ws://u@h', 'ws://h', 'u', undefined],
    ['ws://u:@h', 'ws://h', 'u', undefined],
    ['ws://:p@h', 'ws://h', '', 'p'],
    ['ws://a%40b:%E6%B8%A9%3A%2F@h', 'ws://h', 'a@b', '温:/'],
    ['ws://u:p:q@r@h', 'ws://h', 'u', 'p:q@r'],
    ['ws://a@b@h', 'ws://h', 'a@b', undefined],
    ['ws://h/a:b@c', 'ws://h/a:b@c', undefined, undefined],
    ['ws://h?a:b@c', 'ws://h?a:b@c', undefined, undefined],
    ['ws://evil\\@h', 'ws://evil\\@h', undefined, undefined], // a browser takes \ for /
    ['ws://[::1]:80', 'ws://[::1]:80', undefined, undefined],
    ['WSS://u:p@[::1]:80/', 'WSS://[::1]:80/', 'u', 'p'],
  ])('are taken out of %s', (url, rest, username, password) => {
    for (const given of [url, { href: url }])
      expect(withoutUserInfo({ url: given })).toEqual({ url: rest, username, password });
  });

  it('are overwritten by those that stand beside it, and not by undefined', () => {
    const url = 'ws://u:p@h';
    expect(withoutUserInfo({ url, username: 'v' })).toStrictEqual({ url: 'ws://h', username: 'v', password: 'p' });
    expect(withoutUserInfo({ url, username: undefined, password: '' })).toStrictEqual({
      url: 'ws://h',
      username: 'u',
      password: '',
    });
  });

  it('are shown by no error when they cannot be decoded', () => {
    expect(() => withoutUserInfo({ url: 'ws://user:hunter2%ff@h' })).toThrow(URIError);
    expect(() => withoutUserInfo({ url: 'ws://user:hunter2%ff@h' })).not.toThrow(/hunter2/);
  });
});

describe('a URL object', () => {
  it('may stand for a url, alone or among the options, and its credentials go out in the CONNECT alone', async () => {
    const { connect } = await import('../../src/client/client.ts');
    const url = new URL('wss://us%65r:hunter2@broker.test/mqtt');
    const seen: unknown[] = [];
    for (const [first, ...rest] of [[url], [url.href], [{ url }], [{ url: url.href }]] as const) {
      const { transport, clock, ...network } = new Network();
      const options = { transport, clock };
      const isOptions = typeof first === 'object' && 'url' in first;
      void (isOptions ? connect({ ...first, ...options }) : connect(first, options)).catch(() => {});
      const connection = network.connections[0]!;
      await connection.open();
      seen.push([connection.url, ...rest]);
      expect(connection.packets).toMatchObject([
        { username: 'user', password: Uint8Array.from(Buffer.from('hunter2')) },
      ]);
    }
    expect(seen).toStrictEqual(Array(4).fill(['wss://broker.test/mqtt']));
  });
});
