// Our own client against the broker of mqtt311/testing, in memory.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, type ConnectOptions, connect, type Message } from '../../src/client/client.ts';
import { PacketType } from '../../src/codec/codec.ts';
import { type Broker, type BrokerOptions, createBroker } from '../../src/testing/testing.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

function start(options: BrokerOptions = {}) {
  const clock = new FakeClock();
  const broker = createBroker({ clock, ...options });
  open.push(() => broker.close());
  return { clock, broker };
}

const to = (broker: Broker, clock: FakeClock, options: ConnectOptions = {}): Promise<Client> =>
  connect('ws://test', { clock, ...options, transport: broker.transport });

/** Subscribes, and returns the list that messages go to. */
async function collect(client: Client, topicFilter: string, qos: 0 | 1 | 2 = 2): Promise<Message[]> {
  const messages: Message[] = [];
  await client.subscribe(topicFilter, { qos }, (message) => void messages.push(message));
  return messages;
}

const texts = (messages: readonly Message[]) => messages.map(({ payload }) => Buffer.from(payload).toString());

describe('the client and the broker in memory', () => {
  it.each([0, 1, 2] as const)('deliver a message of QoS %i once', async (qos) => {
    const { broker, clock } = start();
    const [sender, receiver] = await Promise.all([to(broker, clock), to(broker, clock)]);
    const messages = await collect(receiver, 'a/+');
    await sender.publish('a/b', 'hello', { qos });
    await settled();
    expect(messages).toMatchObject([{ topic: 'a/b', qos, retain: false, dup: false }]);
    expect(texts(messages)).toEqual(['hello']);
  });

  it('deliver with the lower of both QoS', async () => {
    const { broker, clock } = start();
    const client = await to(broker, clock);
    const messages = await collect(client, '#', 1);
    for (const qos of [0, 1, 2] as const) await client.publish('a', `${qos}`, { qos });
    await settled();
    expect(messages.map(({ qos }) => qos)).toEqual([0, 1, 1]);
  });

  it('give a retained message to whoever comes later, until an empty one takes it away', async () => {
    const { broker, clock } = start();
    const client = await to(broker, clock);
    await client.publish('room/1', '21', { qos: 1, retain: true });
    const messages = await collect(client, 'room/#');
    await settled();
    expect(messages).toMatchObject([{ topic: 'room/1', qos: 1, retain: true }]);
    await client.publish('room/1', '', { qos: 1, retain: true });
    expect(broker.retained.size).toBe(0);
    await settled();
    expect(messages.at(-1)).toMatchObject({ retain: false });
  });

  it('publish the will when the connection is cut, and not when the client closes it', async () => {
    const { broker, clock } = start();
    const watcher = await to(broker, clock, { clientId: 'watcher' });
    const messages = await collect(watcher, 'status/#');
    for (const clientId of ['polite', 'lost']) {
      const will = { topic: `status/${clientId}`, payload: 'gone', qos: 1 as const };
      const client = await to(broker, clock, { clientId, will, reconnect: false });
      if (clientId === 'polite') await client.close();
      else broker.network.cut({ clientId });
      await settled();
    }
    expect(messages.map(({ topic }) => topic)).toEqual(['status/lost']);
  });

  it('resume a session: what came meanwhile is delivered, and what was cut is published once', async () => {
    const { broker, clock } = start();
    const client = await to(broker, clock, { clientId: 'c', cleanSession: false });
    const messages = await collect(client, 'a');
    for (const type of [PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP])
      for (const direction of ['up', 'down'] as const)
        for (const at of ['before', 'inside', 'behind'] as const) {
          const text = `${type} ${direction} ${at}`;
          broker.network.cut({ type, direction, at });
          const published = client.publish('a', text, { qos: 2 });
          await settled();
          expect(client.state, text).toBe('waiting');
          broker.publish('a', `meanwhile ${text}`, { qos: 1 });
          await clock.advance(60_000);
          await published;
        }
    expect(texts(messages).filter((text) => !text.startsWith('meanwhile'))).toHaveLength(18);
    expect(texts(messages).filter((text) => text.startsWith('meanwhile'))).toHaveLength(18);
    expect(new Set(texts(messages)).size).toBe(36);
  });

  it('take the fake timers of a test, installed when the broker is there already', async () => {
    const broker = createBroker();
    open.push(() => broker.close());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      const client = await connect('ws://test', { transport: broker.transport, keepAlive: 10, reconnect: false });
      broker.network.drop({ direction: 'up' });
      await vi.advanceTimersByTimeAsync(14_000);
      expect([client.state, broker.clients.size]).toEqual(['closed', 1]);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(broker.clients.size).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('carry 1,000 messages of QoS 1 in their order', async () => {
    const { broker, clock } = start();
    const client = await to(broker, clock);
    const messages = await collect(client, 'a', 1);
    const numbers = Array.from({ length: 1_000 }, (_, i) => `${i}`);
    await Promise.all(numbers.map((number) => client.publish('a', number, { qos: 1 })));
    await settled();
    expect(texts(messages)).toEqual(numbers);
  });
});
