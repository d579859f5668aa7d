import { describe, expect, it } from 'vitest';
import type {
  Client,
  ConnectOptions,
  Message,
  MessageHandler,
  SubscribeOptions,
  Subscription,
} from '../../src/client/client.ts';
import { ProtocolError, QueueFullError, SubscriptionRefusedError } from '../../src/client/client.ts';
import {
  connack,
  encode,
  type Packet,
  puback,
  pubcomp,
  publish,
  pubrec,
  type QoS,
  type SubackReturnCode,
  suback,
  unsuback,
} from '../../src/codec/codec.ts';
import { settled } from '../support/fake-clock.ts';
import { type Connection, deferred, fate, Network } from '../support/fake-network.ts';
import { say } from '../support/say.ts';

const inbound = (topic: string, qos: QoS = 0, packetId = 0, text = 'x') =>
  publish({ topic, payload: new Uint8Array(Buffer.from(text)), qos, packetId });

async function online(options?: ConnectOptions) {
  const network = new Network();
  const client = await network.online(options);
  await network.connection.taken();
  return { network, clock: network.clock, client, connection: network.connection };
}

/** A promise whose rejection is looked at later. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

const words = async (packets: Promise<Packet[]>) => (await packets).map(say);

/** A subscription that the broker has granted, or refused where it says so. */
async function subscribed(
  client: Client,
  connection: Connection,
  topicFilter: string | string[],
  handler?: MessageHandler,
  options: SubscribeOptions = {},
  returnCodes: SubackReturnCode[] = typeof topicFilter === 'string' ? [2] : topicFilter.map(() => 2),
): Promise<Subscription> {
  const subscribing = quiet(client.subscribe(topicFilter, { qos: 2, ...options }, handler));
  const request = (await connection.taken()).at(-1) as { packetId: number };
  await connection.give(suback({ packetId: request.packetId, returnCodes }));
  return subscribing;
}

describe('publish', () => {
  it('resolves at QoS 0 when the socket has it, at 1 with PUBACK, at 2 with PUBCOMP', async () => {
    const { client, connection } = await online();
    const publishing = ([0, 1, 2] as const).map((qos) => client.publish(`t${qos}`, 'x', { qos, retain: qos === 1 }));
    const fates = () => Promise.all(publishing.map(fate));
    expect(await words(connection.taken())).toStrictEqual([
      'PUBLISH t0',
      'PUBLISH t1 q1 #1 retain',
      'PUBLISH t2 q2 #2',
    ]);
    expect(await fates()).toStrictEqual([undefined, 'pending', 'pending']);
    await connection.give(puback(1), pubrec(2));
    expect(await fates()).toStrictEqual([undefined, undefined, 'pending']);
    await connection.give(pubcomp(2));
    expect(await fates()).toStrictEqual([undefined, undefined, undefined]);
  });

  it('sends text as UTF-8, and bytes as they are', async () => {
    const { client, connection } = await online();
    void client.publish('a', '温度 🌡');
    void client.publish('b', new Uint8Array([0, 255]));
    void client.publish('c', '');
    const sent = (await connection.taken()) as { payload: Uint8Array }[];
    expect(sent.map(({ payload }) => Buffer.from(payload).toString('latin1'))).toStrictEqual([
      Buffer.from('温度 🌡').toString('latin1'),
      '\x00\xff',
      '',
    ]);
  });

  it.each<[string, [string, unknown, object?], string]>([
    ['a topic with a wildcard', ['a/#', 'x'], 'ProtocolError'],
    ['an empty topic', ['', 'x'], 'ProtocolError'],
    ['QoS 3', ['a', 'x', { qos: 3 }], 'ProtocolError'],
    ['a payload with a lone surrogate', ['a', '\ud800'], 'TypeError'],
    ['no payload', ['a', undefined], 'TypeError'],
    ['a payload of numbers', ['a', [1, 2]], 'TypeError'],
  ])('refuses %s at once, also without a connection, and sends nothing', async (_, args, name) => {
    const { network, client, connection } = await online();
    expect(await fate(client.publish(...(args as [string, string])))).toMatchObject({ name });
    await network.connection.cut();
    expect(await fate(client.publish(...(args as [string, string])))).toMatchObject({ name });
    expect(await connection.taken()).toStrictEqual([]);
  });

  it('waits while there is no connection, and is then sent in its order', async () => {
    const { network, client } = await online();
    await network.connection.cut();
    const publishing = (['a', 'b'] as const).map((topic, i) => client.publish(topic, '', { qos: i as QoS }));
    expect(await fate(publishing[0]!)).toBe('pending');
    await network.clock.advance(network.clock.pending[0]!);
    const connection = await network.accept();
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a', 'PUBLISH b q1 #1']);
    expect(await fate(publishing[0]!)).toBe(undefined);
  });

  it('is refused when too many wait', async () => {
    const { network, client } = await online({ maxQueued: 1 });
    await network.connection.cut();
    void quiet(client.publish('a', ''));
    const error = await fate(client.publish('b', ''));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ maxQueued: 1 });
  });

  it('keeps to maxInflight', async () => {
    const { client, connection } = await online({ maxInflight: 2 });
    for (const topic of ['a', 'b', 'c']) void client.publish(topic, '', { qos: 1 });
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a q1 #1', 'PUBLISH b q1 #2']);
    await connection.give(puback(1));
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH c q1 #3']);
  });

  it('that was not acknowledged is sent again with DUP, in order, and settles once', async () => {
    const { network, client } = await online({ cleanSession: false });
    const settles: string[] = [];
    for (const [topic, qos] of [
      ['a', 1],
      ['b', 2],
      ['c', 1],
    ] as const)
      void client.publish(topic, '', { qos }).then(() => settles.push(topic));
    await network.connection.taken();
    await network.connection.give(puback(1));
    const connection = await network.reconnect(true);
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH b q2 #2 dup', 'PUBLISH c q1 #3 dup']);
    await connection.give(puback(3), puback(3), puback(1), pubrec(2), pubcomp(2), pubcomp(2));
    expect(settles).toStrictEqual(['a', 'c', 'b']);
  });

  it('at QoS 2 rejects when the broker has lost the session after its PUBREC', async () => {
    const { network, client } = await online({ cleanSession: false });
    const publishing = quiet(client.publish('a', '', { qos: 2 }));
    await network.connection.taken();
    await network.connection.give(pubrec(1));
    await network.reconnect(false);
    const error = await fate(publishing);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ clause: 'MQTT-3.1.2-4' });
  });

  it('at QoS 2 rejects when the broker downgrades it, and the connection stays', async () => {
    const { client, connection } = await online();
    const publishing = quiet(client.publish('a', '', { qos: 2 }));
    await connection.taken();
    await connection.give(puback(1));
    expect(await fate(publishing)).toMatchObject({
      clause: 'MQTT-4.3.3-1',
      message: expect.stringContaining('downgraded'),
    });
    expect(client.state).toBe('online');
  });

  describe('with a signal', () => {
    it('rejects at once when it has fired, and sends nothing', async () => {
      const { client, connection } = await online();
      const signal = AbortSignal.abort();
      expect(await fate(client.publish('a', '', { signal }))).toBe(signal.reason);
      expect(await connection.taken()).toStrictEqual([]);
    });

    it('takes back what waits for its turn', async () => {
      const { client, connection } = await online({ maxInflight: 1 });
      const abort = new AbortController();
      void client.publish('a', '', { qos: 1 });
      const publishing = quiet(client.publish('b', '', { qos: 1, signal: abort.signal }));
      await connection.taken();
      abort.abort();
      expect(await fate(publishing)).toBe(abort.signal.reason);
      await connection.give(puback(1));
      expect(await connection.taken()).toStrictEqual([]);
    });

    it('rejects what is sent already, and sends it again where the broker has kept the session', async () => {
      const { network, client } = await online({ cleanSession: false });
      const abort = new AbortController();
      const publishing = quiet(client.publish('a', '', { qos: 1, signal: abort.signal }));
      await settled();
      abort.abort();
      expect(await fate(publishing)).toBe(abort.signal.reason);
      const connection = await network.reconnect(true);
      expect(await words(connection.taken())).toStrictEqual(['PUBLISH a q1 #1 dup']);
      await connection.give(puback(1));
      expect(client.state).toBe('online');
    });

    it.each(['publish', 'subscribe'] as const)('never sends a %s again to a session that is new', async (method) => {
      const { network, client, connection } = await online({ cleanSession: method === 'publish' });
      const abort = new AbortController();
      const options = { qos: 1, signal: abort.signal } as const;
      const asking: Promise<unknown> =
        method === 'publish' ? client.publish('a', '', options) : client.subscribe('a', options);
      asking.catch(() => {});
      await connection.taken();
      abort.abort();
      expect(await fate(asking)).toBe(abort.signal.reason);
      const again = await network.reconnect();
      expect(await words(again.taken())).toStrictEqual(method === 'publish' ? [] : ['UNSUBSCRIBE #2 a']);
    });

    it('does not listen to it when it is done', async () => {
      const { client, connection } = await online();
      const listeners = new Set<() => void>();
      const signal = {
        aborted: false,
        addEventListener: (_: string, listener: () => void) => void listeners.add(listener),
        removeEventListener: (_: string, listener: () => void) => void listeners.delete(listener),
      };
      const publishing = [client.publish('a', '', { qos: 1, signal }), client.publish('b', '', { signal })];
      expect(listeners.size).toBe(1);
      await settled();
      await connection.give(puback(1));
      await Promise.all(publishing);
      expect(listeners.size).toBe(0);
    });
  });
});

describe('the packets of one turn', () => {
  it('leave in one frame', async () => {
    const { client, connection } = await online();
    connection.frames.length = 0;
    for (let i = 0; i < 100; i++) void client.publish('a', `${i}`, { qos: 1 });
    expect(connection.frames).toHaveLength(0);
    await settled();
    expect(connection.frames).toHaveLength(1);
    expect(await connection.taken()).toHaveLength(100);
  });

  it('leave each in a frame of its own with maxFrameSize 0', async () => {
    const network = new Network();
    const client = await network.online({ maxFrameSize: 0 });
    const { connection } = network;
    connection.frames.length = 0;
    for (const topic of ['a', 'b', 'c']) void client.publish(topic, '');
    await connection.taken();
    expect(connection.frames.map(({ length }) => length)).toStrictEqual([5, 5, 5]);
  });

  it('leave in frames of 16 KiB at most, in their order, and a larger packet in one of its own [MQTT-6.0.0-2]', async () => {
    const { client, connection } = await online();
    connection.frames.length = 0;
    const size = (packet: number) => new Uint8Array(packet - 6); // of a PUBLISH with topic 'a' and a length of two bytes
    for (const packet of [8_192, 8_192, 8_192, 8_193, 100, 20_000, 200, 16_384]) void client.publish('a', size(packet));
    await settled();
    expect(connection.frames.map(({ length }) => length)).toStrictEqual([16_384, 8_192, 8_292, 20_001, 200, 16_384]);
  });

  it('leave before DISCONNECT', async () => {
    const { client, connection } = await online();
    void client.publish('a', '');
    void client.close();
    expect(await words(connection.taken())).toStrictEqual(['PUBLISH a', 'DISCONNECT']);
  });

  it('are not sent when the connection is lost within it, and their promises tell', async () => {
    const { client, connection } = await online({ reconnect: false });
    const publishing = quiet(client.publish('a', ''));
    const acknowledged = quiet(client.publish('b', '', { qos: 1 }));
    void connection.cut();
    expect(await fate(publishing)).toMatchObject({ reason: 'closed' });
    expect(await fate(acknowledged)).toMatchObject({ reason: 'closed' });
    expect(await connection.taken()).toStrictEqual([]);
  });
});

describe('back-pressure', () => {
  it('holds QoS 0 back while more than 64 KiB wait in the socket, and looks again where the platform does not tell', async () => {
    const { clock, client, connection } = await online({ keepAlive: 0 });
    connection.buffered = 65_537;
    const publishing = client.publish('a', '');
    await clock.advance(990);
    expect(await fate(publishing)).toBe('pending');
    connection.buffered = 65_536;
    await clock.advance(20);
    expect(await fate(publishing)).toBe(undefined);
    expect(clock.pending).toStrictEqual([]);
  });

  it('does not look where the platform tells', async () => {
    const network = new Network();
    const transport: typeof network.transport = (url, events) => {
      const connection = network.transport(url, events) as Connection;
      return Object.assign(connection, { reportsDrained: true });
    };
    const client = await network.online({ keepAlive: 0, transport });
    network.connection.buffered = 100_000;
    const publishing = client.publish('a', '');
    await settled();
    expect(network.clock.pending).toStrictEqual([]);
    expect(await fate(publishing)).toBe('pending');
    await network.connection.drain();
    expect(await fate(publishing)).toBe(undefined);
  });

  it('ends with the connection', async () => {
    const { network, clock, client, connection } = await online();
    connection.buffered = 1e6;
    const publishing = quiet(client.publish('a', ''));
    await settled();
    await connection.cut();
    expect(await fate(publishing)).toBe(network.errors[0]);
    expect(clock.pending).toHaveLength(1); // the next attempt
  });

  it('holds back nothing but QoS 0', async () => {
    const { client, connection } = await online();
    connection.buffered = 1e6;
    const publishing = client.publish('a', '', { qos: 1 });
    await connection.taken();
    await connection.give(puback(1));
    expect(await fate(publishing)).toBe(undefined);
  });
});

describe('subscribe', () => {
  it('resolves at the SUBACK with what was granted, filter by filter', async () => {
    const { client, connection } = await online();
    const subscribing = client.subscribe(['a', 'b/+'], { qos: 1 });
    expect(await words(connection.taken())).toStrictEqual(['SUBSCRIBE #1 a:1 b/+:1']);
    expect(await fate(subscribing)).toBe('pending');
    await connection.give(suback({ packetId: 1, returnCodes: [1, 0] }));
    const subscription = await subscribing;
    expect(subscription.topicFilters).toStrictEqual(['a', 'b/+']);
    expect(subscription.grantedQos).toStrictEqual([1, 0]);
  });

  it.each([
    [['a/#/b'], 'MQTT-4.7.1-2'],
    [['a', 'b+'], 'MQTT-4.7.1-3'],
    [[''], 'MQTT-4.7.3-1'],
    [[], 'MQTT-3.8.3-3'],
  ])('refuses %j, also without a connection, and sends nothing', async (filters, clause) => {
    const { network, client, connection } = await online();
    expect(await fate(client.subscribe(filters))).toMatchObject({ clause });
    await network.connection.cut();
    expect(await fate(client.subscribe(filters))).toMatchObject({ clause });
    expect(await connection.taken()).toStrictEqual([]);
  });

  it('gets messages that come before the SUBACK', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    void client.subscribe('a', {}, ({ topic }) => void seen.push(topic));
    await connection.taken();
    await connection.give(inbound('a'), suback({ packetId: 1, returnCodes: [0] }), inbound('a'));
    expect(seen).toStrictEqual(['a', 'a']);
  });

  it('rejects when a filter is refused, names it, and leaves those that were granted', async () => {
    const { network, client, connection } = await online();
    const seen: string[] = [];
    const subscribing = subscribed(
      client,
      connection,
      ['a', 'b', 'c'],
      ({ topic }) => void seen.push(topic),
      {},
      [1, 0x80, 0],
    );
    const error = await subscribing.catch((refusal: Error) => refusal);
    expect(error).toBeInstanceOf(SubscriptionRefusedError);
    expect(error).toMatchObject({ topicFilters: ['b'], message: "the broker refused the subscription to 'b'" });
    expect(await words(connection.taken())).toStrictEqual(['UNSUBSCRIBE #2 a c']);
    await connection.give(inbound('a'), unsuback(2));
    expect([seen, network.log]).toStrictEqual([[], ['message a']]);
  });

  it('that is refused as a whole sends nothing more', async () => {
    const { client, connection } = await online();
    const subscribing = subscribed(client, connection, ['a', 'b'], undefined, {}, [0x80, 0x80]);
    await expect(subscribing).rejects.toMatchObject({ topicFilters: ['a', 'b'] });
    expect(await connection.taken()).toStrictEqual([]);
  });

  it('waits for a connection, and is made again on every one that has lost it', async () => {
    const { network, client } = await online();
    await network.connection.cut();
    const seen: string[] = [];
    const subscribing = client.subscribe('a', { qos: 1 }, ({ topic }) => void seen.push(topic));
    await network.clock.advance(network.clock.pending[0]!);
    let connection = await network.accept();
    expect(await words(connection.taken())).toStrictEqual(['SUBSCRIBE #1 a:1']);
    await connection.give(suback({ packetId: 1, returnCodes: [1] }));
    await subscribing;
    connection = await network.reconnect();
    expect(await words(connection.taken())).toStrictEqual(['SUBSCRIBE #2 a:1']);
    await connection.give(suback({ packetId: 2, returnCodes: [0x80] }), inbound('a'));
    expect(seen).toStrictEqual(['a']);
    expect(network.errors.at(-1)).toMatchObject({ name: 'SubscriptionRefusedError', topicFilters: ['a'] });
  });

  it('finds messages of a resumed session that come right behind the CONNACK', async () => {
    const { network, client, connection } = await online({ cleanSession: false });
    const seen: string[] = [];
    await subscribed(client, connection, 'a', ({ topic }) => void seen.push(topic));
    await connection.cut();
    await network.clock.advance(network.clock.pending[0]!);
    const next = await network.connection.open();
    await next.giveBytes(Buffer.concat([encode(connack({ sessionPresent: true })), encode(inbound('a', 1, 3))]));
    expect(seen).toStrictEqual(['a']);
    expect(await words(next.taken())).toStrictEqual(['PUBACK #3']);
  });

  describe('with a signal', () => {
    it.each(['before it is sent', 'before the SUBACK', 'after the SUBACK'])('that fires %s', async (stage) => {
      const { network, client, connection } = await online();
      const abort = new AbortController();
      if (stage === 'before it is sent') await connection.cut();
      const seen: string[] = [];
      const subscribing = quiet(
        client.subscribe(['a', 'b'], { signal: abort.signal }, ({ topic }) => void seen.push(topic)),
      );
      await settled();
      if (stage === 'after the SUBACK') await connection.give(suback({ packetId: 1, returnCodes: [0, 0] }));
      abort.abort();
      const after = await fate(subscribing as Promise<unknown>);
      if (stage === 'after the SUBACK') {
        expect(after).toMatchObject({ topicFilters: ['a', 'b'] });
        return expect(await words(connection.taken())).toStrictEqual(['SUBSCRIBE #1 a:0 b:0']);
      }
      expect(after).toBe(abort.signal.reason);
      if (stage === 'before it is sent') {
        await network.clock.advance(network.clock.pending[0]!);
        return expect(await (await network.accept()).taken()).toStrictEqual([]);
      }
      await connection.give(suback({ packetId: 1, returnCodes: [0, 0x80] }), inbound('a'));
      expect(await words(connection.taken())).toStrictEqual(['SUBSCRIBE #1 a:0 b:0', 'UNSUBSCRIBE #2 a b']);
      expect(seen).toStrictEqual([]);
    });
  });
});

describe('unsubscribe', () => {
  it('tells the broker, once, and resolves at the UNSUBACK; no message comes after it', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    const subscription = await subscribed(client, connection, ['a', 'b'], ({ topic }) => void seen.push(topic));
    const leaving = subscription.unsubscribe();
    expect(subscription.unsubscribe()).toBe(leaving);
    expect(subscription[Symbol.asyncDispose]()).toBe(leaving);
    expect(await words(connection.taken())).toStrictEqual(['UNSUBSCRIBE #2 a b']);
    expect(await fate(leaving)).toBe('pending');
    await connection.give(inbound('a', 1, 9), unsuback(2));
    expect(await fate(leaving)).toBe(undefined);
    expect(seen).toStrictEqual([]);
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #9']); // ignored, and acknowledged
  });

  it('tells the broker once of a filter that was asked for twice', async () => {
    const { client, connection } = await online();
    void (await subscribed(client, connection, ['a/b', 'a/b'], () => {})).unsubscribe();
    expect(await words(connection.taken())).toStrictEqual(['UNSUBSCRIBE #2 a/b']);
  });

  it('leaves the filters that another subscription holds', async () => {
    const { client, connection } = await online();
    const first = await subscribed(client, connection, ['a', 'b'], () => {});
    const second = await subscribed(client, connection, ['b', 'c'], () => {});
    void first.unsubscribe();
    expect(await words(connection.taken())).toStrictEqual(['UNSUBSCRIBE #3 a']);
    void second.unsubscribe();
    expect(await words(connection.taken())).toStrictEqual(['UNSUBSCRIBE #4 b c']);
  });

  it('resolves at once when all its filters are held by others', async () => {
    const { client, connection } = await online();
    const first = await subscribed(client, connection, 'a', () => {});
    await subscribed(client, connection, 'a', () => {});
    expect(await fate(first.unsubscribe())).toBe(undefined);
    expect(await connection.taken()).toStrictEqual([]);
  });

  it('after close resolves', async () => {
    const { client, connection } = await online();
    const subscription = await subscribed(client, connection, 'a', () => {});
    void client.close();
    expect(await fate(subscription.unsubscribe())).toBe(undefined);
  });

  it('inside of a handler ends it, also for messages that wait and for another that it names', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    let second: Subscription | undefined;
    const first: Subscription = await subscribed(client, connection, 'a', () => {
      seen.push('first');
      void second?.unsubscribe();
      void first.unsubscribe();
    });
    second = await subscribed(client, connection, '+', () => void seen.push('second'));
    await connection.give(inbound('a', 1, 1), inbound('a', 1, 2));
    expect(seen).toStrictEqual(['first']);
    const sent = await words(connection.taken());
    expect(sent.filter((word) => word.startsWith('PUBACK'))).toStrictEqual(['PUBACK #1', 'PUBACK #2']);
  });
});

describe('a handler', () => {
  it('gets messages one at a time, and each is acknowledged when it is done with it', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    const done: (() => void)[] = [];
    await subscribed(client, connection, '#', ({ topic }) => {
      seen.push(topic);
      return new Promise((resolve) => done.push(resolve));
    });
    await connection.give(inbound('a', 1, 1), inbound('b', 2, 2), inbound('c', 1, 3));
    expect([seen, await connection.taken()]).toStrictEqual([['a'], []]);
    done[0]!();
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1']);
    expect(seen).toStrictEqual(['a', 'b']);
    done[1]!();
    await settled();
    done[2]!();
    expect(await words(connection.taken())).toStrictEqual(['PUBREC #2', 'PUBACK #3']);
  });

  it('that is synchronous gets all of a chunk', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    await subscribed(client, connection, '#', ({ topic }) => void seen.push(topic));
    await connection.give(...Array.from({ length: 500 }, (_, i) => inbound(`t${i}`, 1, i + 1)));
    expect(seen).toHaveLength(500);
    expect(await connection.taken()).toHaveLength(500);
  });

  it.each(['throws', 'rejects'])('that %s is reported, and its message is acknowledged', async (how) => {
    const { network, client, connection } = await online();
    const cause = new Error('cannot');
    await subscribed(client, connection, '#', ({ topic }) => {
      if (topic !== 'bad') return undefined;
      if (how === 'throws') throw cause;
      return Promise.reject(cause);
    });
    await connection.give(inbound('bad', 1, 1), inbound('good', 1, 2), inbound('bad', 2, 3));
    const message = "the handler failed on the message to 'bad' with packetId 1: cannot";
    const common = { name: 'HandlerError', topic: 'bad', withheld: 0, cause };
    expect(network.errors).toMatchObject([
      { ...common, message, packetId: 1 },
      { ...common, packetId: 3 },
    ]);
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1', 'PUBACK #2', 'PUBREC #3']);
    expect(client.state).toBe('online');
  });

  it.each(['throws', 'rejects'])("that %s leaves its message unacknowledged with 'on-success'", async (how) => {
    const { network, client, connection } = await online({ cleanSession: false });
    const handler = ({ topic }: Message) => {
      if (topic !== 'bad') return undefined;
      if (how === 'throws') throw new Error('cannot');
      return Promise.reject('cannot');
    };
    await subscribed(client, connection, '#', handler, { acknowledge: 'on-success' });
    await connection.give(inbound('bad', 1, 1), inbound('good', 1, 2), inbound('bad', 2, 3), inbound('good', 2, 4));
    expect(network.errors).toMatchObject([{ withheld: 1 }, { withheld: 2 }]);
    expect(network.errors[1]!.message).toBe(
      "the handler failed on the message to 'bad' with packetId 3: cannot; 2 messages are withheld until the next connection",
    );
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #2', 'PUBREC #4']);
    const again = await network.reconnect(true);
    await again.give({ ...inbound('bad', 1, 1), dup: true });
    expect(network.errors.at(-1)).toMatchObject({ withheld: 1 });
  });

  it('never holds up another, nor acknowledgements of what was published', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    await subscribed(client, connection, 'slow', () => new Promise(() => {}));
    await subscribed(client, connection, 'quick', ({ topic }) => void seen.push(topic));
    const publishing = client.publish('out', '', { qos: 2 });
    await connection.taken();
    await connection.give(inbound('slow', 1, 1), inbound('quick', 2, 2), pubrec(3), pubcomp(3));
    expect(seen).toStrictEqual(['quick']);
    expect(await fate(publishing)).toBe(undefined);
    expect(await words(connection.taken())).toStrictEqual(['PUBREC #2', 'PUBREL #3']);
  });

  it('shares a message with others whose filters match: each gets it once, and all must be done', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    const slow = deferred();
    await subscribed(client, connection, ['a/+', 'a/#'], ({ topic }) => void seen.push(`first ${topic}`));
    await subscribed(client, connection, '#', ({ topic }) => {
      seen.push(`second ${topic}`);
      return slow.promise;
    });
    await connection.give(inbound('a/b', 1, 1));
    expect([seen, await connection.taken()]).toStrictEqual([['first a/b', 'second a/b'], []]); // who came first is first
    slow.resolve();
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1']);
  });

  it('that fails, of several, leaves the message unacknowledged if it wants success', async () => {
    const { client, connection } = await online();
    const fails = () => {
      throw new Error('one of two');
    };
    await subscribed(client, connection, 'a/#', fails);
    await subscribed(client, connection, 'a/b', fails, { acknowledge: 'on-success' });
    await subscribed(client, connection, '#', () => {}, { acknowledge: 'on-success' });
    await connection.give(inbound('a/b', 1, 1), inbound('a/b', 0), inbound('a/c', 1, 2));
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #2']);
  });

  it('owns its payload: others are as they were when it transfers that', async () => {
    const { client, connection } = await online();
    const seen: string[] = [];
    const transfer = (message: Message) => {
      seen.push(message.text());
      structuredClone(message.payload, { transfer: [message.payload.buffer as ArrayBuffer] });
    };
    await subscribed(client, connection, 'a', transfer);
    await subscribed(client, connection, '#', transfer);
    const large = 'x'.repeat(3_000);
    await connection.give(...['1', '2', large, '3', large].map((text, i) => inbound('a', 1, i + 1, text)));
    expect(seen).toStrictEqual(['1', '1', '2', '2', large, large, '3', '3', large, large]);
    expect(await connection.taken()).toHaveLength(5);
  });

  it.each([1, 20, 1_000, 100_000])('keeps at most twice the memory of a payload of %i bytes', async (size) => {
    const { client, connection } = await online();
    const seen: Message[] = [];
    await subscribed(client, connection, '#', (message) => void seen.push(message));
    await connection.give(...Array.from({ length: 20 }, () => inbound('t', 0, 0, 'x'.repeat(size))));
    await connection.give(inbound('t', 0, 0, 'x'.repeat(size)));
    expect(seen).toHaveLength(21);
    for (const { payload } of seen) expect(payload.buffer.byteLength).toBeLessThanOrEqual(2 * size);
  });

  it('gets a message as text, bytes or JSON', async () => {
    const { client, connection } = await online();
    const seen: Message[] = [];
    await subscribed(client, connection, '#', (message) => void seen.push(message));
    await connection.give(
      { ...inbound('a', 1, 1, '{"t":21}'), retain: true, dup: true },
      publish({ topic: 'b', payload: new Uint8Array([0xff]) }),
      inbound('c', 0, 0, '{'),
    );
    expect(seen[0]).toMatchObject({ topic: 'a', qos: 1, retain: true, dup: true });
    expect(Buffer.from(seen[0]!.payload).toString()).toBe('{"t":21}');
    expect(seen[0]!.text()).toBe('{"t":21}');
    expect(seen[0]!.json()).toStrictEqual({ t: 21 });
    expect(() => seen[1]!.text()).toThrow(TypeError);
    expect(() => seen[1]!.json()).toThrow("the payload of a message to 'b' is not UTF-8");
    expect(() => seen[2]!.json()).toThrow(SyntaxError);
  });

  it('that is too slow for QoS 0 loses the oldest, and is told how many', async () => {
    const { network, client, connection } = await online();
    const seen: string[] = [];
    const done: (() => void)[] = [];
    await subscribed(
      client,
      connection,
      '#',
      ({ topic }) => {
        seen.push(topic);
        return done.length === 0 ? new Promise((resolve) => done.push(resolve)) : undefined;
      },
      { maxWaiting: 1_000 },
    );
    const messages = Array.from({ length: 1_010 }, (_, i) => (i === 3 ? inbound(`t${i}`, 1, 1) : inbound(`t${i}`)));
    await connection.give(...messages);
    expect(network.errors).toMatchObject([{ name: 'MessagesDroppedError', dropped: 1, topicFilters: ['#'] }]);
    done[0]!();
    await settled();
    expect(seen).toHaveLength(1_001);
    expect(seen.slice(0, 4)).toStrictEqual(['t0', 't3', 't11', 't12']); // QoS 1 is never dropped
    expect(network.errors[1]).toMatchObject({ name: 'MessagesDroppedError', dropped: 9 });
    expect(network.errors).toHaveLength(2);
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1']);
  });

  it('that waits a turn for each message loses nothing of a burst', async () => {
    const { network, client, connection } = await online();
    let seen = 0;
    await subscribed(client, connection, '#', async () => {
      await settled();
      seen += 1;
    });
    await connection.give(...Array.from({ length: 5_000 }, (_, i) => inbound(`t${i}`)));
    while (seen < 5_000 && network.errors.length === 0) await settled();
    expect(network.errors).toStrictEqual([]);
  });

  it('makes those of QoS 0 give way that have waited longest when too many bytes wait for all', async () => {
    const { network, client, connection } = await online({ maxWaitingBytes: 1_000 });
    const never = () => new Promise<void>(() => {});
    await subscribed(client, connection, 'a', never);
    await subscribed(client, connection, 'b', never);
    const of = (topic: string, size: number, qos: QoS = 0) => inbound(topic, qos, qos, 'x'.repeat(size));
    await connection.give(of('a', 1), of('b', 1), of('a', 400), of('b', 600), of('a', 5_000, 1));
    expect(network.errors).toStrictEqual([]);
    await connection.give(of('b', 1));
    expect(network.errors).toMatchObject([{ dropped: 1, topicFilters: ['b'] }]);
    await connection.give(of('a', 599));
    expect(network.errors).toHaveLength(1);
    await connection.give(of('a', 2_000)); // larger than everything: it goes too
    expect(network.errors).toMatchObject([{}, { dropped: 1, topicFilters: ['a'] }]);
  });

  it('that is too slow for QoS 1 loses nothing', async () => {
    const { network, client, connection } = await online();
    const seen: string[] = [];
    const done: (() => void)[] = [];
    await subscribed(client, connection, '#', ({ topic }) => {
      seen.push(topic);
      return done.length === 0 ? new Promise((resolve) => done.push(resolve)) : undefined;
    });
    await connection.give(...Array.from({ length: 1_500 }, (_, i) => inbound(`t${i}`, 1, i + 1)));
    done[0]!();
    expect(await connection.taken()).toHaveLength(1_500);
    expect([seen.length, network.errors.length]).toStrictEqual([1_500, 0]);
  });
});

describe('a broker that ignores how much is not acknowledged', () => {
  const flood = Array.from({ length: 1_000 }, () => inbound('t', 1, 1));

  it('is left when 100,000 messages wait for the application, and again until that has processed some [MQTT-4.8.0-2]', async () => {
    const { network, client, connection } = await online({ cleanSession: false });
    const done: (() => void)[] = [];
    await subscribed(client, connection, '#', () => new Promise((resolve) => done.push(resolve)));
    for (let i = 0; i < 100; i++) await connection.give(...flood);
    expect([connection.end, network.errors]).toStrictEqual([undefined, []]);
    await connection.give(inbound('t', 0)); // it takes no identifier
    expect(connection.end).toBe(undefined);
    await connection.give(inbound('t', 1, 1));
    expect(connection.end).toBe('aborted');
    expect(network.errors).toMatchObject([{ name: 'QueueFullError', maxQueued: 100_000 }]);

    await network.clock.advance(60_000);
    const second = await network.accept(true);
    await second.give(...flood);
    expect([second.end, client.state, done.length]).toStrictEqual(['aborted', 'waiting', 1]);

    done[0]!();
    await network.clock.advance(60_000);
    const third = await network.accept(true);
    await third.give(inbound('t', 1, 2));
    expect([third.end, client.state]).toStrictEqual([undefined, 'online']);
  });
});

describe('a loop over a subscription', () => {
  it('gets what came before it began, and acknowledges when it asks for the next', async () => {
    const { client, connection } = await online();
    const subscription = await subscribed(client, connection, '#');
    await connection.give(inbound('a', 1, 1), inbound('b', 2, 2));
    const iterator = subscription[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ done: false, value: { topic: 'a' } });
    expect(await connection.taken()).toStrictEqual([]);
    expect(await iterator.next()).toMatchObject({ value: { topic: 'b' } });
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1']);
    const third = iterator.next();
    expect(await words(connection.taken())).toStrictEqual(['PUBREC #2']);
    expect(await fate(third)).toBe('pending');
    await connection.give(inbound('c', 1, 3));
    expect(await third).toMatchObject({ value: { topic: 'c' } });
    expect(await connection.taken()).toStrictEqual([]);
  });

  it('that is left unsubscribes', async () => {
    const { client, connection } = await online();
    const subscription = await subscribed(client, connection, '#');
    await connection.give(inbound('a', 1, 1), inbound('b', 1, 2));
    const loop = (async () => {
      for await (const { topic } of subscription) return topic;
      return 'nothing';
    })();
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1', 'PUBACK #2', 'UNSUBSCRIBE #2 #']);
    expect(await fate(loop)).toBe('a'); // without an UNSUBACK, which a broker that is away would never send
  });

  it('that is left, with a session that is kept, acknowledges nothing that nobody saw', async () => {
    for (const how of ['break', 'throw', 'stop'] as const) {
      const { client, connection } = await online({ cleanSession: false });
      const subscription = await subscribed(client, connection, '#');
      await connection.give(inbound('a', 1, 1), inbound('b', 1, 2), inbound('c', 2, 3), inbound('d'));
      const loop = (async () => {
        for await (const { topic } of subscription) {
          if (how === 'throw') throw new Error(topic);
          if (how === 'break') return topic;
          subscription.stop();
        }
        return 'stopped';
      })();
      expect(await fate(loop)).toEqual(how === 'break' ? 'a' : how === 'throw' ? new Error('a') : 'stopped');
      expect(await words(connection.taken())).toStrictEqual(['PUBACK #1']);
      // the next subscription gets them, in their order
      const seen: string[] = [];
      await subscribed(client, connection, 'b', ({ topic }) => void seen.push(topic));
      await subscribed(client, connection, '+', ({ topic }) => void seen.push(topic));
      expect(seen).toStrictEqual(['b', 'c']);
    }
  });

  it("leaves the message in hand unacknowledged with 'on-success'", async () => {
    const { client, connection } = await online({ cleanSession: false });
    const subscription = await subscribed(client, connection, '#', undefined, { acknowledge: 'on-success' });
    await connection.give(inbound('a', 1, 1), inbound('b', 1, 2));
    for await (const { topic } of subscription) if (topic === 'b') break;
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1']);
  });

  it('is left at once while the client is offline, and the UNSUBSCRIBE goes out later', async () => {
    const { network, client, connection } = await online();
    const subscription = await subscribed(client, connection, '#');
    await connection.give(inbound('a'));
    await connection.cut();
    for await (const _ of subscription) break;
    expect(await fate(subscription.unsubscribe())).toBe(undefined);
    await network.clock.advance(network.clock.pending[0]!);
    const again = await network.accept();
    expect(await words(again.taken())).toStrictEqual(['UNSUBSCRIBE #2 #']);
  });

  it('that waits for an UNSUBACK when the connection is cut waits no more', async () => {
    const { client, connection } = await online();
    const subscription = await subscribed(client, connection, '#');
    const leaving = subscription.unsubscribe();
    expect(await fate(leaving)).toBe('pending');
    await connection.cut();
    expect(await fate(leaving)).toBe(undefined);
  });

  it('ends when somebody unsubscribes, and when the client is closed', async () => {
    for (const end of ['unsubscribe', 'close']) {
      const { client, connection } = await online();
      const subscription = await subscribed(client, connection, '#');
      const seen: string[] = [];
      const loop = (async () => {
        for await (const { topic } of subscription) seen.push(topic);
        return 'over';
      })();
      await connection.give(inbound('a'));
      void (end === 'close' ? client.close() : subscription.unsubscribe());
      expect(await fate(loop)).toBe('over');
      expect(seen).toStrictEqual(['a']);
      const again = subscription[Symbol.asyncIterator]();
      expect(await fate(again.next())).toStrictEqual({ done: true, value: undefined });
    }
  });

  it('fails when the client fails, waiting or not', async () => {
    const { network, client, connection } = await online({ reconnect: false });
    const subscription = await subscribed(client, connection, '#');
    const iterator = subscription[Symbol.asyncIterator]();
    const next = quiet(iterator.next());
    await connection.cut();
    expect(await fate(next)).toBe(network.errors[0]);
    expect(await fate(quiet(iterator.next()))).toBe(network.errors[0]);
  });

  it('outlives a reconnect', async () => {
    const { network, client, connection } = await online();
    const subscription = await subscribed(client, connection, '#');
    const next = subscription[Symbol.asyncIterator]().next();
    const again = await network.reconnect();
    await again.give(inbound('a'));
    expect(await fate(next)).toMatchObject({ value: { topic: 'a' } });
  });

  it('that asks for several at a time gets them in their order, and every one is acknowledged', async () => {
    const { client, connection } = await online();
    const subscription = await subscribed(client, connection, '#');
    const iterator = subscription[Symbol.asyncIterator]();
    const nexts = [iterator.next(), iterator.next(), iterator.next()];
    await connection.give(inbound('a', 1, 1), inbound('b', 1, 2));
    expect(await Promise.all(nexts.slice(0, 2))).toMatchObject([{ value: { topic: 'a' } }, { value: { topic: 'b' } }]);
    await connection.give(inbound('c', 1, 3));
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1', 'PUBACK #2']);
  });

  it('is not for a subscription with a handler', async () => {
    const { client, connection } = await online();
    const subscription = await subscribed(client, connection, '#', () => {});
    expect(() => subscription[Symbol.asyncIterator]()).toThrow(TypeError);
  });

  it('that is too slow for QoS 0 loses the oldest, and the client says so', async () => {
    const { network, client, connection } = await online();
    const subscription = await subscribed(client, connection, '#', undefined, { maxWaiting: 1_000 });
    await connection.give(...Array.from({ length: 1_002 }, (_, i) => inbound(`t${i}`)));
    expect(network.errors).toMatchObject([{ dropped: 1 }]);
    const iterator = subscription[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { topic: 't2' } });
    for (let i = 3; i < 1_002; i++) await iterator.next();
    expect(network.errors).toMatchObject([{ dropped: 1 }, { dropped: 2 }]);
  });
});

describe('a message that nobody wants', () => {
  /** A client with no listener but one for its errors. */
  async function deaf(options?: ConnectOptions) {
    const network = new Network();
    const connecting = network.connect(options);
    await network.accept(options?.cleanSession === false);
    const client = await connecting;
    client.on('error', (error) => network.errors.push(error));
    return { network, clock: network.clock, client, connection: network.connection };
  }

  it('goes to the unrouted event, and is acknowledged [MQTT-4.5.0-2]', async () => {
    const { network, client, connection } = await online();
    await subscribed(client, connection, 'a', () => {});
    await connection.give(inbound('b', 1, 1), inbound('$SYS/x', 2, 2), inbound('c'));
    expect(network.log).toStrictEqual(['message b', 'message $SYS/x', 'message c']);
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1', 'PUBREC #2']);
  });

  it("of the broker's own topics is not what '#' wants", async () => {
    const { network, client, connection } = await online();
    await subscribed(client, connection, '#', () => {});
    await connection.give(inbound('$SYS/x'));
    expect(network.log).toStrictEqual(['message $SYS/x']);
  });

  it('waits, unacknowledged, for a subscription or a listener, and an error tells after 10 s', async () => {
    const { network, clock, client, connection } = await deaf({ cleanSession: false });
    await connection.give(inbound('a', 1, 1), inbound('b', 2, 2), inbound('c'), inbound('d', 1, 3));
    await clock.advance(9_999);
    expect([network.errors, await connection.taken()]).toStrictEqual([[], []]);
    await clock.advance(1);
    expect(network.errors).toMatchObject([{ name: 'UnroutedError', topic: 'a', waiting: 3 }]);
    const seen: string[] = [];
    await subscribed(client, connection, '+', ({ topic }) => void seen.push(topic));
    await connection.give(inbound('/x', 1, 4));
    const sent: string[] = [];
    client.on('packet', (direction, packet) => direction === 'sent' && sent.push(say(packet)));
    client.on('unrouted', ({ topic }) => seen.push(`unrouted ${topic}`));
    expect(seen).toStrictEqual(['a', 'b', 'd', 'unrouted /x']);
    await connection.taken();
    expect(sent).toStrictEqual(['PUBACK #4']);
    await clock.advance(100_000);
    expect(network.errors.filter(({ name }) => name === 'UnroutedError')).toHaveLength(1);
  });

  it('that waits comes once more with the next connection, and not twice', async () => {
    const { network, clock, client, connection } = await deaf({ cleanSession: false });
    await connection.give(inbound('a', 1, 1), inbound('b', 2, 2));
    await connection.cut();
    await clock.advance(clock.pending[0]!);
    const again = await network.accept(true);
    await again.give({ ...inbound('a', 1, 1), dup: true }, { ...inbound('b', 2, 2), dup: true });
    const seen: string[] = [];
    client.on('unrouted', ({ topic }) => seen.push(topic));
    expect(seen.sort()).toStrictEqual(['a', 'b']);
    expect((await words(again.taken())).sort()).toStrictEqual(['PUBACK #1', 'PUBREC #2']);
  });

  it('that waits is told of no more when it is to come again with the next connection', async () => {
    const { network, clock, connection } = await deaf({ cleanSession: false });
    await connection.give(inbound('a', 1, 1));
    await connection.cut();
    await clock.advance(clock.pending[0]!);
    await network.accept(true);
    await clock.advance(20_000);
    expect(network.errors.map(({ name }) => name)).toStrictEqual(['ConnectionLostError']);
  });

  it('of a filter that was left is acknowledged, whether it comes before or later', async () => {
    const { client, connection } = await deaf({ cleanSession: false });
    await connection.give(inbound('old/a', 1, 1));
    void client.unsubscribe(['old/+', 'other']);
    await connection.give(inbound('old/b', 1, 2), inbound('new', 1, 3));
    expect(await words(connection.taken())).toStrictEqual(['PUBACK #1', 'UNSUBSCRIBE #1 old/+ other', 'PUBACK #2']);
    void client.subscribe('old/+', { qos: 1 });
    await connection.give(inbound('old/c', 1, 4));
    expect(await connection.taken()).toStrictEqual([]); // the SUBSCRIBE waits for the UNSUBACK, the message for the loop
  });
});

describe('a shared subscription', () => {
  it.each([
    ['$share/group/', 'jobs/+'],
    ['$queue/', 'jobs/+'],
    ['$exclusive/', 'jobs/+'],
    ['$share/group/', 'jobs\n2/+'],
  ])('%s%j gets the messages of its filter', async (prefix, plain) => {
    const topicFilter = prefix + plain;
    const topic = (level: string) => plain.replace('+', level);
    const { network, client, connection } = await online();
    const seen: string[] = [];
    const subscription = await subscribed(client, connection, topicFilter, (message) => void seen.push(message.topic));
    await connection.give(inbound(topic('1'), 1, 1), inbound('other', 0), inbound(topicFilter.replace('+', '2')));
    expect(seen).toStrictEqual([topic('1'), topicFilter.replace('+', '2')]);
    void subscription.unsubscribe();
    expect((await words(connection.taken())).at(-1)).toBe(`UNSUBSCRIBE #2 ${topicFilter}`);
    await connection.give(inbound(topic('2'), 1, 2));
    expect(network.log).toStrictEqual(['message other', `message ${topic('2')}`]);
  });
});

describe('two subscriptions to one filter', () => {
  it('ask for the highest QoS that is wanted, and tell which is granted', async () => {
    const { client, connection } = await online();
    const first = client.subscribe('a', { qos: 2 }, () => {});
    await connection.taken();
    await connection.give(suback({ packetId: 1, returnCodes: [2] }));
    const second = client.subscribe(['b', { topicFilter: 'a', qos: 0 }], { qos: 1 }, () => {});
    expect(await words(connection.taken())).toStrictEqual(['SUBSCRIBE #2 b:1 a:2']);
    await connection.give(suback({ packetId: 2, returnCodes: [1, 1] }));
    expect([(await first).grantedQos, (await second).grantedQos]).toStrictEqual([[1], [1, 1]]);
    await (await first).unsubscribe();
    void client.subscribe('a', { qos: 1 });
    expect(await words(connection.taken())).toStrictEqual(['SUBSCRIBE #3 a:1']);
  });
});

describe('a subscription with many filters', () => {
  const many = Array.from({ length: 20 }, (_, i) => `f${i}`);

  it('goes out in packets of eight, and settles after the last SUBACK', async () => {
    const { client, connection } = await online();
    const subscribing = client.subscribe(many, { qos: 1 });
    expect(
      (await connection.taken()).map((packet) => 'subscriptions' in packet && packet.subscriptions.length),
    ).toEqual([8, 8, 4]);
    for (const [packetId, length] of [
      [3, 4],
      [1, 8],
    ] as const)
      await connection.give(suback({ packetId, returnCodes: Array.from({ length }, () => 0 as const) }));
    expect(await fate(subscribing)).toBe('pending');
    await connection.give(suback({ packetId: 2, returnCodes: Array.from({ length: 8 }, () => 1 as const) }));
    expect((await subscribing).grantedQos).toStrictEqual([...many.keys()].map((i) => (i >= 8 && i < 16 ? 1 : 0)));
    void (await subscribing).unsubscribe();
    expect((await connection.taken()).map((packet) => 'topicFilters' in packet && packet.topicFilters.length)).toEqual([
      8, 8, 4,
    ]);
  });

  it.each([
    ['a reserved return code', [0x90, 3, 0, 1, 3], 'MQTT-3.9.3-2'],
    ['an acknowledgement of the wrong type', [0x40, 2, 0, 1], 'MQTT-2.3.1-6'],
  ])('is rejected by %s, ends the connection, and is not sent again', async (_, answer, clause) => {
    const { network, client, connection } = await online();
    const subscribing = quiet(client.subscribe('a'));
    await connection.taken();
    await connection.giveBytes(new Uint8Array(answer));
    expect(await fate(subscribing)).toMatchObject({ clause });
    expect(connection.end).toBe('aborted');
    await network.clock.advance(network.clock.pending[0]!);
    const again = await network.accept();
    expect((await words(again.taken())).filter((word) => word.startsWith('SUBSCRIBE'))).toStrictEqual([]);
  });

  it('is not answered by a SUBACK of megabytes, which is refused at its first bytes', async () => {
    const { network, client, connection } = await online();
    void quiet(client.subscribe('a'));
    await connection.taken();
    await connection.giveBytes(new Uint8Array([0x90, 0xff, 0xff, 0xff, 0x7f]));
    expect(connection.end).toBe('aborted');
    expect(network.errors).toMatchObject([{ clause: 'MQTT-3.8.4-5' }]);
  });

  it('takes the others back when one is refused', async () => {
    const { client, connection } = await online();
    const subscribing = quiet(client.subscribe(many.slice(0, 9)));
    await connection.taken();
    await connection.give(suback({ packetId: 1, returnCodes: [0, 0, 0x80, 0, 0, 0, 0, 0] }));
    expect(await fate(subscribing)).toBe('pending');
    await connection.give(suback({ packetId: 2, returnCodes: [0] }));
    expect(await fate(subscribing)).toMatchObject({ name: 'SubscriptionRefusedError', topicFilters: ['f2'] });
    const left = (await connection.taken()).flatMap((packet) => ('topicFilters' in packet ? packet.topicFilters : []));
    expect(left).toStrictEqual(many.slice(0, 9).filter((each) => each !== 'f2'));
  });

  it('is rejected when an answer has the wrong count, and what that answered is not asked for again', async () => {
    const { network, client, connection } = await online();
    const subscribing = quiet(client.subscribe(many));
    await connection.taken();
    await connection.give(suback({ packetId: 1, returnCodes: [0, 0] }));
    expect(await fate(subscribing)).toMatchObject({ clause: 'MQTT-3.8.4-5' });
    expect(connection.end).toBe('aborted');
    await network.clock.advance(network.clock.pending[0]!);
    const again = await network.accept();
    expect((await words(again.taken())).filter((word) => / f[0-7]:/.test(word))).toStrictEqual([]);
  });
});
