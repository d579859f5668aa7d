// Each statement of the standard that binds a server, as a client without mercy sees it.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  connect,
  disconnect,
  encode,
  PacketType,
  pingreq,
  puback,
  pubcomp,
  pubrec,
  pubrel,
  type QoS,
  suback,
  subscribe,
  unsubscribe,
} from '../../src/codec/codec.ts';
import { settled } from '../support/fake-clock.ts';
import { concat } from '../support/hex.ts';
import { endedBy, join, message, Raw, rejoin, shown, startBroker } from './raw.ts';

const CONNACK = (returnCode: number, sessionPresent = false) => ({ type: 2, returnCode, sessionPresent });
const QOS = [0, 1, 2] as const;

describe('a broken packet', () => {
  // what is wrong with it, its bytes, and the clause
  const broken: [string, string, string][] = [
    ['text that is not UTF-8 [MQTT-1.5.3-1]', '30 04 00 02 c0 80', 'MQTT-1.5.3-1'],
    ['text with U+0000 [MQTT-1.5.3-2, MQTT-4.7.3-2]', '30 03 00 01 00', 'MQTT-1.5.3-2'],
    ['wrong flags [MQTT-2.2.2-2]', 'c1 00', 'MQTT-2.2.2-2'],
    ['wrong flags of PUBREL [MQTT-3.6.1-1]', '60 02 00 01', 'MQTT-2.2.2-2'],
    ['wrong flags of SUBSCRIBE [MQTT-3.8.1-1]', '80 06 00 01 00 01 61 00', 'MQTT-2.2.2-2'],
    ['wrong flags of UNSUBSCRIBE [MQTT-3.10.1-1]', 'a0 05 00 01 00 01 61', 'MQTT-2.2.2-2'],
    ['wrong flags of DISCONNECT [MQTT-3.14.1-1]', 'e1 00', 'MQTT-2.2.2-2'],
    ['packet identifier 0 [MQTT-2.3.1-1]', '32 05 00 01 61 00 00', 'MQTT-2.3.1-1'],
    ['DUP with QoS 0 [MQTT-3.3.1-2]', '38 03 00 01 61', 'MQTT-3.3.1-2'],
    ['QoS 3 [MQTT-3.3.1-4]', '36 05 00 01 61 00 01', 'MQTT-3.3.1-4'],
    ['a topic that is no string [MQTT-3.3.2-1]', '30 02 00 01', '§2.2.3'],
    ['a topic with a wildcard [MQTT-3.3.2-2, MQTT-4.7.1-1]', '30 03 00 01 23', 'MQTT-3.3.2-2'],
    ['a topic without characters [MQTT-4.7.3-1]', '30 02 00 00', 'MQTT-4.7.3-1'],
    ['a SUBSCRIBE without filters [MQTT-3.8.3-3]', '82 02 00 01', 'MQTT-3.8.3-3'],
    ['a SUBSCRIBE for QoS 3 [MQTT-3.8.3-4]', '82 06 00 01 00 01 61 03', 'MQTT-3-8.3-4'],
    ['an UNSUBSCRIBE without filters [MQTT-3.10.3-2]', 'a2 02 00 01', 'MQTT-3.10.3-2'],
    ['a # that is not alone [MQTT-4.7.1-2]', '82 07 00 01 00 02 61 23 00', 'MQTT-4.7.1-2'],
    ['a + that is not alone [MQTT-4.7.1-3]', '82 07 00 01 00 02 61 2b 00', 'MQTT-4.7.1-3'],
    ['a packet of the server', '20 02 00 00', '§2.2.1'],
  ];

  it.each(broken)(
    'ends the connection it came on, with its will, and no other: %s [MQTT-4.8.0-1]',
    async (_, hex, clause) => {
      const world = startBroker();
      const other = await join(world, 'other');
      await other.subscribe('will');
      const client = await join(world, 'c', {
        will: { topic: 'will', payload: Buffer.from('!'), qos: 0, retain: false },
      });
      expect(await client.hex(hex)).toEqual([]);
      expect(client.isClosed).toBe(true);
      endedBy(world, clause);
      expect(shown(await other.messages())).toEqual(['will ! 0']);
      expect([...world.broker.clients.keys()]).toEqual(['other']);
    },
  );

  it('keeps a byte order mark in a topic [MQTT-1.5.3-3]', async () => {
    const client = await join(startBroker(), 'c');
    await client.subscribe('\ufeffa', 0);
    expect(await client.send(message('\ufeffa'), message('a'))).toMatchObject([{ topic: '\ufeffa' }]);
  });

  it('takes topics of up to 65,535 bytes [MQTT-4.7.3-3]', async () => {
    const client = await join(startBroker(), 'c');
    await client.subscribe('#', 0);
    expect(await client.send(message('x'.repeat(65_535)))).toMatchObject([{ topic: 'x'.repeat(65_535) }]);
  });
});

describe('CONNECT', () => {
  const hello = encode(connect({ clientId: 'c' }));
  const changed = (offset: number, value: number) => hello.map((byte, i) => (i === offset ? value : byte));

  it('has to come first [MQTT-3.1.0-1, MQTT-3.2.0-1]', async () => {
    const world = startBroker();
    const client = new Raw(world.broker);
    expect(await client.send(pingreq(), connect({ clientId: 'c' }))).toEqual([]);
    expect(client.isClosed).toBe(true);
    endedBy(world, 'MQTT-3.1.0-1');
  });

  it('has to come within 10 s', async () => {
    const world = startBroker();
    const client = new Raw(world.broker);
    await world.clock.advance(9_999);
    expect(client.isClosed).toBe(false);
    await world.clock.advance(1);
    expect(client.isClosed).toBe(true);
    endedBy(world, 'MQTT-3.1.0-1');
  });

  it('ends the connection when it comes again [MQTT-3.1.0-2]', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    expect(await client.send(connect({ clientId: 'c' }))).toEqual([]);
    endedBy(world, 'MQTT-3.1.0-2');
  });

  it('with another protocol name gets no CONNACK [MQTT-3.1.2-1, MQTT-3.1.4-1]', async () => {
    const world = startBroker();
    const client = new Raw(world.broker);
    expect(await client.sendBytes(changed(4, 0x4e))).toEqual([]);
    expect(client.isClosed).toBe(true);
    endedBy(world, 'MQTT-3.1.2-1');
  });

  it('with another protocol level gets code 1 [MQTT-3.1.2-2, MQTT-3.2.2-5]', async () => {
    const world = startBroker();
    const client = new Raw(world.broker);
    expect(await client.sendBytes(changed(8, 5))).toEqual([CONNACK(1)]);
    expect(client.isClosed).toBe(true);
    endedBy(world, 'MQTT-3.1.2-2');
  });

  it('with another protocol level ends a connection that is accepted already, without a second CONNACK', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    expect(await client.sendBytes(changed(8, 5))).toEqual([]);
    expect(client.isClosed).toBe(true);
  });

  it.each([
    ['the reserved flag [MQTT-3.1.2-3]', 0b11, 'MQTT-3.1.2-3'],
    ['a will that is missing', 0b110, '§2.2.3'],
  ])('with %s gets no CONNACK', async (_, flags, clause) => {
    const world = startBroker();
    const client = new Raw(world.broker);
    expect(await client.sendBytes(changed(9, flags))).toEqual([]);
    expect(client.isClosed).toBe(true);
    endedBy(world, clause);
  });

  it('with will QoS 3 gets no CONNACK [MQTT-3.1.2-14]', async () => {
    const world = startBroker();
    const client = new Raw(world.broker);
    expect(await client.hex('10 13 00 04 4d 51 54 54 04 1e 00 3c 00 01 63 00 01 77 00 01 21')).toEqual([]);
    endedBy(world, 'MQTT-3.1.2-14');
  });

  it('takes client identifiers of 1 to 23 letters and digits, and longer ones [MQTT-3.1.3-5]', async () => {
    const world = startBroker();
    for (const clientId of ['0', '0123456789abcdefghijABC', 'x'.repeat(65_535), '温度']) await join(world, clientId);
    expect(world.broker.clients.size).toBe(4);
  });

  it('without a client identifier gets one that is not in use [MQTT-3.1.3-6]', async () => {
    const world = startBroker();
    await join(world, 'assigned-1');
    await join(world, '');
    await join(world, '');
    expect([...world.broker.clients.keys()]).toEqual(['assigned-1', 'assigned-2', 'assigned-3']);
  });

  it('without a client identifier for a session that is kept gets code 2 [MQTT-3.1.3-8, MQTT-3.1.3-9]', async () => {
    const world = startBroker();
    const client = new Raw(world.broker);
    expect(await client.hex('10 0c 00 04 4d 51 54 54 04 00 00 3c 00 00')).toEqual([CONNACK(2)]);
    expect(client.isClosed).toBe(true);
    endedBy(world, 'MQTT-3.1.3-8');
  });

  it.each([
    [true, 0],
    [false, 4],
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [5, 5],
  ])('is answered as authenticate says: %s [MQTT-3.2.2-4, MQTT-3.2.2-5, MQTT-3.1.4-4]', async (verdict, code) => {
    for (const answer of [verdict, Promise.resolve(verdict)]) {
      const asked: object[] = [];
      const world = startBroker({
        authenticate: (credentials) => {
          asked.push(credentials);
          return answer;
        },
      });
      const client = new Raw(world.broker);
      const password = Buffer.from('secret');
      const hello = connect({ clientId: 'c', cleanSession: false, username: 'me', password });
      expect(await client.send(hello)).toEqual([CONNACK(code)]);
      expect(asked).toMatchObject([{ clientId: 'c', username: 'me' }]);
      expect(Buffer.from((asked[0] as { password: Uint8Array }).password).toString()).toBe('secret');
      expect([client.isClosed, world.broker.sessions.size]).toEqual(code > 0 ? [true, 0] : [false, 1]);
    }
  });

  it.each([7, -1, new Error('no database')])(
    'is not answered when authenticate says %s, which no return code fits [MQTT-3.2.2-6]',
    async (answer) => {
      const authenticate = () => {
        if (typeof answer === 'number') return answer;
        throw answer;
      };
      const world = startBroker({ authenticate });
      const client = new Raw(world.broker);
      expect(await client.send(connect({ clientId: 'c' }))).toEqual([]);
      expect(client.isClosed).toBe(true);
    },
  );

  it('that is refused leaves what follows it undone [MQTT-3.1.4-5]', async () => {
    const world = startBroker({ authenticate: async () => false });
    const client = new Raw(world.broker);
    const retained = message('a', 'x', { retain: true });
    expect(await client.send(connect({ clientId: 'c' }), retained, pingreq())).toEqual([CONNACK(4)]);
    expect(world.broker.retained.size).toBe(0);
  });

  it('that is accepted comes before what was sent with it, also when authenticate takes its time', async () => {
    const world = startBroker({ authenticate: async () => true });
    const client = new Raw(world.broker);
    expect(await client.send(connect({ clientId: 'c' }), pingreq())).toMatchObject([{ type: 2 }, { type: 13 }]);
  });

  it('is forgotten when the client goes while authenticate takes its time', async () => {
    const waiting: ((isAllowed: boolean) => void)[] = [];
    const world = startBroker({ authenticate: () => new Promise<boolean>((resolve) => void waiting.push(resolve)) });
    const client = new Raw(world.broker);
    await client.send(connect({ clientId: 'c', cleanSession: false }));
    await client.close();
    waiting[0]!(true);
    await settled();
    expect([world.broker.clients.size, world.broker.sessions.size]).toEqual([0, 0]);
  });

  it('ends the connection that has the client identifier already [MQTT-3.1.4-2, MQTT-3.1.3-2]', async () => {
    const world = startBroker();
    const watcher = await join(world, 'watcher');
    await watcher.subscribe('will');
    const will = { topic: 'will', payload: Buffer.from('!'), qos: 0 as const, retain: false };
    const first = await join(world, 'c', { will });
    const second = await join(world, 'c');
    expect([first.isClosed, second.isClosed, world.broker.clients.size]).toEqual([true, false, 2]);
    expect(world.closed.at(-1)!.error!.message).toMatch(/taken over/);
    expect(await watcher.messages()).toHaveLength(1);
  });

  it('asks for a session to be kept, or for a new one [MQTT-3.1.2-4, MQTT-3.1.2-6, MQTT-3.1.4-3, MQTT-3.2.2-1, MQTT-3.2.2-2, MQTT-3.2.2-3, MQTT-4.1.0-1, MQTT-4.1.0-2]', async () => {
    const world = startBroker();
    const present: boolean[] = [];
    const changes: string[] = [];
    world.broker.on('session', ({ change }) => void (change !== 'subscribed' && changes.push(change)));
    const filters: string[][] = [];
    for (const cleanSession of [false, false, true, false, true, true]) {
      const client = new Raw(world.broker);
      const [answer] = await client.send(connect({ clientId: 'c', cleanSession }));
      present.push((answer as { sessionPresent: boolean }).sessionPresent);
      filters.push([...world.broker.sessions.get('c')!.subscriptions.keys()]);
      await client.subscribe('a');
      await client.close();
      expect(world.broker.sessions.has('c')).toBe(!cleanSession);
    }
    expect(present).toEqual([false, true, false, false, false, false]);
    expect(changes.join(' ')).toBe('created resumed ended created ended created ended created ended created ended');
    expect(filters).toEqual([[], ['a'], [], [], [], []]);
  });
});

describe('a session', () => {
  it('keeps messages of QoS 1 and 2 for a client that is away [MQTT-3.1.2-5, MQTT-4.5.0-1]', async () => {
    const world = startBroker();
    const client = await join(world, 'c', { cleanSession: false });
    await client.subscribe('a');
    await client.send(disconnect());
    const sender = await join(world, 's');
    for (const qos of QOS) await sender.send(message('a', `${qos}`, { qos, packetId: qos && 7 }));
    const again = new Raw(world.broker);
    expect(shown(await again.send(connect({ clientId: 'c', cleanSession: false })))).toEqual([
      'type 2',
      'a 1 1',
      'a 2 2',
    ]);
  });

  it('leaves retained messages behind [MQTT-3.1.2-7]', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    await client.send(message('a', 'x', { retain: true }));
    await client.close();
    expect([...world.broker.retained.keys()]).toEqual(['a']);
  });

  it('gives each message in flight an identifier of its own, free again when the exchange is over [MQTT-2.3.1-4, MQTT-4.3.2-1, MQTT-4.3.3-1]', async () => {
    const world = startBroker({ maxInflight: 1_024 });
    const client = await join(world, 'c');
    await client.subscribe('a');
    const messages = [];
    for (let i = 0; i < 1_025; i++) {
      world.broker.publish('a', `${i}`, { qos: i === 1 ? 2 : 1 });
      if (i % 512 === 511) messages.push(...(await client.messages())); // the network takes no more at a time
    }
    expect(new Set(messages.map(({ packetId }) => packetId)).size).toBe(1_024);
    expect(messages.every(({ dup }) => !dup)).toBe(true);
    expect(world.broker.sessions.get('c')!.queued).toHaveLength(1);
    expect(await client.send(pubrec(2))).toEqual([pubrel(2)]);
    expect(await client.send(pubrec(2))).toEqual([pubrel(2)]);
    expect(world.broker.sessions.get('c')!.inflight.get(2)).toEqual(pubrel(2));
    expect(await client.send(pubcomp(2))).toMatchObject([{ packetId: 2, qos: 1 }]);
  });

  it('sends no more than maxInflight messages that are not acknowledged, and drops what is too much', async () => {
    const world = startBroker({ maxInflight: 2, maxQueued: 3 });
    const dropped: (string | undefined)[] = [];
    world.broker.on('session', ({ change, topic }) => void (change === 'dropped' && dropped.push(topic)));
    const client = await join(world, 'c');
    await client.subscribe('#');
    for (let i = 0; i < 6; i++) world.broker.publish(`${i}`, '', { qos: 1 });
    world.broker.publish('q', '');
    expect((await client.messages()).map(({ topic }) => topic)).toEqual(['0', '1', 'q']);
    expect(dropped).toEqual(['5']);
    const next = await client.send(puback(1));
    expect(shown(next)).toEqual(['2  1']);
    expect(next).toMatchObject([{ packetId: 1 }]); // of 65,535 identifiers, no more than maxInflight are used
  });

  it('drops the oldest messages of QoS 0 when the network stands still', async () => {
    const world = startBroker({ maxQueued: 3 });
    const client = await join(world, 'c');
    await client.subscribe('#');
    world.broker.network.hold();
    for (let i = 0; i < 1_010; i++) world.broker.publish(`${i}`, '');
    world.broker.network.release();
    const topics = [...(await client.messages()), ...(await client.messages())].map(({ topic }) => Number(topic));
    expect(topics).toEqual([...Array(1_000).keys(), 1_007, 1_008, 1_009]);
  });

  it('sends again what was not acknowledged, with DUP, its identifier, and in its order [MQTT-4.4.0-1, MQTT-3.3.1-1]', async () => {
    const world = startBroker();
    const client = await join(world, 'c', { cleanSession: false });
    await client.subscribe('a');
    for (const qos of [1, 2, 1, 2] as const) world.broker.publish('a', '', { qos });
    await client.taken();
    await client.send(pubrec(2));
    const again = new Raw(world.broker);
    const [answer, ...packets] = await again.send(connect({ clientId: 'c', cleanSession: false }));
    expect(answer).toEqual(CONNACK(0, true));
    expect(packets).toMatchObject([
      { type: 3, packetId: 1, dup: true, qos: 1 },
      { type: 3, packetId: 3, dup: true, qos: 1 },
      { type: 3, packetId: 4, dup: true, qos: 2 },
      { type: 6, packetId: 2 },
    ]);
  });

  it.each([
    ['a PUBACK for QoS 2', puback(2), 'MQTT-3.3.4-1'],
    ['a PUBREC for QoS 1', pubrec(1), 'MQTT-3.3.4-1'],
    ['a PUBCOMP before the PUBREL', pubcomp(2), 'MQTT-3.3.4-1'],
    ['a PUBACK for what was never sent', puback(3), 'MQTT-2.3.1-6'],
  ])('ends its connection at %s [MQTT-2.3.1-6]', async (_, packet, clause) => {
    const world = startBroker();
    const client = await join(world, 'c');
    await client.subscribe('a');
    world.broker.publish('a', '', { qos: 1 });
    world.broker.publish('a', '', { qos: 2 });
    await client.taken();
    await client.send(packet);
    endedBy(world, clause);
  });

  it('takes an acknowledgement that comes twice', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    await client.subscribe('a');
    world.broker.publish('a', '', { qos: 1 });
    await client.taken();
    expect(await client.send(puback(1), puback(1), pingreq())).toMatchObject([{ type: 13 }]);
  });
});

describe('DISCONNECT', () => {
  it.each(['at once', 'later'])('leaves undone what follows it, when authorize answers %s', async (when) => {
    const world = startBroker({ authorize: () => (when === 'later' ? Promise.resolve(true) : true) });
    const client = await join(world, 'c');
    await client.send(message('a', '', { qos: 1, packetId: 1 }), disconnect(), message('b', 'x', { retain: true }));
    expect([client.isClosed, world.broker.retained.size]).toEqual([true, 0]);
    endedBy(world, undefined);
  });
});

describe('a will', () => {
  const will = (qos: QoS, retain: boolean) => ({ topic: 'will', payload: Buffer.from('!'), qos, retain });

  it.each([false, true])(
    'is published when the connection ends, retained if asked: %s [MQTT-3.1.2-8, MQTT-3.1.2-16, MQTT-3.1.2-17]',
    async (retain) => {
      for (const qos of QOS) {
        const world = startBroker();
        const watcher = await join(world, 'watcher');
        await watcher.subscribe('will');
        const client = await join(world, 'c', { will: will(qos, retain) });
        await client.close();
        expect(shown(await watcher.messages())).toEqual([`will ! ${qos}`]);
        expect(world.broker.retained.size).toBe(retain ? 1 : 0);
      }
    },
  );

  it('is published once, and not with the next connection [MQTT-3.1.2-10, MQTT-3.1.2-12]', async () => {
    const world = startBroker();
    const watcher = await join(world, 'watcher');
    await watcher.subscribe('will', 0);
    await (await join(world, 'c', { cleanSession: false, will: will(0, false) })).close();
    await (await join(world, 'c', { cleanSession: false })).close();
    expect(await watcher.messages()).toHaveLength(1);
  });

  it('is not published after a DISCONNECT [MQTT-3.14.4-3, MQTT-3.1.2-10]', async () => {
    const world = startBroker();
    const watcher = await join(world, 'watcher');
    await watcher.subscribe('will');
    const client = await join(world, 'c', { will: will(0, false) });
    await client.send(disconnect());
    expect(client.isClosed).toBe(true);
    endedBy(world, undefined);
    expect(await watcher.messages()).toEqual([]);
  });

  it('needs the permission to publish', async () => {
    const world = startBroker({ authorize: async ({ action }) => action === 'subscribe' });
    const watcher = await join(world, 'watcher');
    await watcher.subscribe('will');
    await (await join(world, 'c', { will: will(0, false) })).close();
    expect(await watcher.messages()).toEqual([]);
  });
});

describe('keep alive', () => {
  it('ends a connection that is silent for 1.5 times as long, and publishes its will [MQTT-3.1.2-24]', async () => {
    const world = startBroker();
    const watcher = await join(world, 'watcher');
    await watcher.subscribe('will');
    const will = { topic: 'will', payload: Buffer.from('!'), qos: 0 as const, retain: false };
    const client = await join(world, 'c', { keepAlive: 10, will });
    await world.clock.advance(14_999);
    await client.send(pingreq());
    await world.clock.advance(14_999);
    await client.hex('c0'); // half a packet is none
    expect(client.isClosed).toBe(false);
    await world.clock.advance(1);
    expect(client.isClosed).toBe(true);
    endedBy(world, 'MQTT-3.1.2-24');
    expect(await watcher.messages()).toHaveLength(1);
  });

  it('is off with 0', async () => {
    const world = startBroker();
    const client = await join(world, 'c', { keepAlive: 0 });
    await world.clock.advance(1e9);
    expect(client.isClosed).toBe(false);
    expect(world.clock.pending).toEqual([]);
  });

  it('answers PINGREQ [MQTT-3.12.4-1]', async () => {
    const client = await join(startBroker(), 'c');
    expect(await client.send(pingreq(), pingreq())).toMatchObject([{ type: 13 }, { type: 13 }]);
  });
});

describe('PUBLISH', () => {
  it('is answered as its QoS demands, with its identifier [MQTT-3.3.4-1, MQTT-2.3.1-6, MQTT-4.3.1-1]', async () => {
    const client = await join(startBroker(), 'c');
    expect(await client.send(message('a'))).toEqual([]);
    expect(await client.send(message('a', '', { qos: 1, packetId: 65_535 }))).toEqual([puback(65_535)]);
    expect(await client.send(message('a', '', { qos: 2, packetId: 9 }))).toEqual([pubrec(9)]);
  });

  it('of QoS 1 is a new message each time [MQTT-4.3.2-2]', async () => {
    const client = await join(startBroker(), 'c');
    await client.subscribe('a', 0);
    const again = { qos: 1 as const, packetId: 5, dup: true };
    expect(shown(await client.send(message('a', 'x', { ...again, dup: false }), message('a', 'x', again)))).toEqual([
      'a x 0',
      'type 4',
      'a x 0',
      'type 4',
    ]);
  });

  it('of QoS 2 is the same message until its PUBREL, also on another connection [MQTT-4.3.3-2]', async () => {
    const world = startBroker();
    const watcher = await join(world, 'watcher');
    await watcher.subscribe('a', 0);
    const client = await join(world, 'c', { cleanSession: false });
    const packet = message('a', 'x', { qos: 2, packetId: 5 });
    expect(await client.send(packet)).toEqual([pubrec(5)]);
    const again = await join(world, 'c', { cleanSession: false });
    expect(await again.send({ ...packet, dup: true })).toEqual([pubrec(5)]);
    expect(await watcher.messages()).toHaveLength(1);
    expect(await again.send(pubrel(5), pubrel(5))).toEqual([pubcomp(5), pubcomp(5)]);
    expect(await again.send(packet)).toEqual([pubrec(5)]);
    expect(await watcher.messages()).toHaveLength(1);
  });

  it('goes out with DUP 0, whatever it came with [MQTT-3.3.1-3]', async () => {
    const client = await join(startBroker(), 'c');
    await client.subscribe('a');
    const packets = await client.send(message('a', '', { qos: 1, packetId: 3, dup: true }));
    expect(packets).toMatchObject([{ type: 3, dup: false, packetId: 1 }, puback(3)]);
  });

  it('with RETAIN is stored with its QoS, and replaces the one before, at QoS 0 too [MQTT-3.3.1-5, MQTT-3.3.1-7, MQTT-3.3.1-12]', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    const stored = () => shown([...world.broker.retained.values()]);
    await client.send(message('a', '1', { qos: 2, packetId: 1, retain: true }));
    expect(stored()).toEqual(['a 1 2 retain']);
    await client.send(message('a', '2', { retain: true }), message('a', '3'), message('b', '4'));
    expect(stored()).toEqual(['a 2 0 retain']);
  });

  it('with RETAIN and without a payload is delivered, and removes what is stored [MQTT-3.3.1-10, MQTT-3.3.1-11]', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    await client.subscribe('a');
    await client.send(message('a', '1', { retain: true }));
    expect(shown(await client.send(message('a', '', { retain: true })))).toEqual(['a  0']);
    expect(world.broker.retained.size).toBe(0);
  });

  it('has RETAIN for a new subscription, also one that is made again, and not for one that is there [MQTT-3.3.1-6, MQTT-3.3.1-8, MQTT-3.3.1-9, MQTT-3.8.4-3]', async () => {
    const client = await join(startBroker(), 'c');
    await client.subscribe('+/b', 1);
    expect(shown(await client.send(message('a/b', 'x', { retain: true })))).toEqual(['a/b x 0']);
    expect(shown(await client.subscribe('+/b', 0))).toEqual(['type 9', 'a/b x 0 retain']);
    expect(shown(await client.send(message('a/b', 'y')))).toEqual(['a/b y 0']); // once
  });

  it('that is not allowed is acknowledged, and reaches nobody [MQTT-3.3.5-2]', async () => {
    for (const wait of [(is: boolean) => is, async (is: boolean) => is]) {
      const world = startBroker({
        authorize: ({ clientId, action, topic }) => wait(`${clientId} ${action} ${topic}` !== 'c publish no'),
      });
      const client = await join(world, 'c');
      await client.subscribe('#', 0);
      expect(shown(await client.send(message('no', '', { qos: 1, packetId: 1 }), message('yes')))).toEqual([
        'type 4',
        'yes  0',
      ]);
    }
  });

  it('ends the connection when authorize fails, and no other [MQTT-4.8.0-2]', async () => {
    for (const authorize of [
      () => Promise.reject(new Error('down')),
      () => {
        throw new Error('down');
      },
    ]) {
      const world = startBroker({ authorize });
      const [client, other] = [await join(world, 'c'), await join(world, 'other')];
      expect(await client.send(message('a', '', { qos: 1, packetId: 1 }))).toEqual([]);
      expect([client.isClosed, other.isClosed, world.closed.at(-1)!.error!.message]).toEqual([true, false, 'down']);
    }
  });

  it('keeps the order of each topic and QoS, also when messages are sent again [MQTT-4.6.0-5, MQTT-4.6.0-6]', async () => {
    const world = startBroker({ maxInflight: 3 });
    const sender = await join(world, 's');
    let client = await join(world, 'c', { cleanSession: false });
    await client.subscribe('a');
    const sent = Array.from({ length: 60 }, (_, i) =>
      message('a', `${i}`, { qos: (i % 3) as QoS, packetId: i % 3 && i + 1 }),
    );
    await sender.send(...sent);
    const got: Record<number, string[]> = { 0: [], 1: [], 2: [] };
    for (let i = 0; i < 100; i++) {
      for (const packet of await client.taken()) {
        if (packet.type === PacketType.PUBREL)
          await client.send(pubcomp(packet.packetId)).then((more) => client.packets.push(...more));
        if (packet.type !== PacketType.PUBLISH) continue;
        const text = Buffer.from(packet.payload).toString();
        if (!got[packet.qos]!.includes(text)) got[packet.qos]!.push(text);
        if (i % 7 === 3) continue; // it comes again
        if (packet.qos === 1) await client.send(puback(packet.packetId)).then((more) => client.packets.push(...more));
        if (packet.qos === 2) await client.send(pubrec(packet.packetId)).then((more) => client.packets.push(...more));
      }
      if (i % 7 === 3) client = await rejoin(world, 'c');
    }
    for (const qos of QOS)
      expect(got[qos]).toEqual(
        sent.filter((packet) => packet.qos === qos).map(({ payload }) => Buffer.from(payload).toString()),
      );
  });
});

describe('SUBSCRIBE', () => {
  it('is answered with its identifier and one code for each filter, in their order [MQTT-3.8.4-1, MQTT-3.8.4-2, MQTT-3.8.4-4, MQTT-3.8.4-5, MQTT-3.9.3-1, MQTT-3.9.3-2, MQTT-2.3.1-7]', async () => {
    for (const wait of [(is: boolean) => is, async (is: boolean) => is]) {
      const world = startBroker({ authorize: ({ topic }) => wait(!topic.startsWith('no')) });
      const client = await join(world, 'c');
      const asked: [string, QoS][] = [
        ['a', 2],
        ['no', 1],
        ['b/#', 0],
        ['$share/g/no', 1],
        ['$share/g/c', 1],
        ['$share//c', 1],
        ['$share/+/c', 1],
        ['$share/g/', 0],
      ];
      const subscriptions = asked.map(([topicFilter, qos]) => ({ topicFilter, qos }));
      const answer = await client.send(subscribe({ packetId: 777, subscriptions }));
      expect(answer).toEqual([suback({ packetId: 777, returnCodes: [2, 0x80, 0, 0x80, 1, 0x80, 0x80, 0x80] })]);
      expect([...world.broker.sessions.get('c')!.subscriptions]).toEqual([
        ['a', 2],
        ['b/#', 0],
        ['$share/g/c', 1],
      ]);
    }
  });

  it('is forgotten when the client goes while authorize takes its time', async () => {
    const waiting: ((isAllowed: boolean) => void)[] = [];
    const world = startBroker({ authorize: () => new Promise<boolean>((resolve) => void waiting.push(resolve)) });
    const changes: string[] = [];
    world.broker.on('session', ({ change }) => void changes.push(change));
    const client = await join(world, 'c');
    await client.subscribe('a');
    await client.close();
    waiting[0]!(true);
    await settled();
    expect(changes).toEqual(['created', 'ended']);
  });

  it('may have thousands of filters', async () => {
    const client = await join(startBroker(), 'c');
    const subscriptions = Array.from({ length: 20_000 }, (_, i) => ({ topicFilter: `${i}`, qos: 0 as const }));
    expect(await client.send(subscribe({ packetId: 1, subscriptions }))).toMatchObject([{ type: 9 }]);
  });

  it('gives one copy, with the highest QoS of the filters that match [MQTT-3.3.5-1]', async () => {
    const client = await join(startBroker(), 'c');
    for (const [filter, qos] of [
      ['a/#', 0],
      ['a/+', 2],
      ['a/b', 1],
      ['b', 2],
    ] as const)
      await client.subscribe(filter, qos);
    const packets = await client.send(message('a/b', 'x', { qos: 2, packetId: 1 }));
    expect(shown(packets)).toEqual(['a/b x 2', 'type 5']);
  });

  it('gives the lower of both QoS [MQTT-3.8.4-6]', async () => {
    const world = startBroker();
    for (const granted of QOS)
      for (const qos of QOS) {
        const client = await join(world, 'c');
        await client.subscribe('a', granted);
        world.broker.publish('a', 'x', { qos });
        expect(await client.messages()).toMatchObject([{ qos: Math.min(qos, granted) }]);
      }
  });

  // by hand, from 4.7
  it.each([
    ['#', 'a', true],
    ['#', '/', true],
    ['#', '$SYS', false],
    ['+', '$SYS', false],
    ['+/a', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
    ['$SYS/+', '$SYS/a', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['a/+', 'a', false],
    ['a/+', 'a/', true],
    ['+/+', '/b', true],
    ['+', '/b', false],
    ['a/+/c', 'a/b/c', true],
    ['a', 'A', false],
    ['a/', 'a', false],
    ['\u00e9', 'e\u0301', false],
    ['a b', 'a b', true],
  ])(
    'of %s gets what is published on %s: %s [MQTT-3.3.2-3, MQTT-4.7.2-1, MQTT-4.7.3-4, MQTT-3.8.3-2]',
    async (filter, topic, isMatch) => {
      const world = startBroker();
      world.broker.publish(topic, 'retained', { retain: true });
      const client = await join(world, 'c');
      expect(await client.subscribe(filter)).toHaveLength(isMatch ? 2 : 1);
      world.broker.publish(topic, 'x');
      expect(await client.messages()).toHaveLength(isMatch ? 1 : 0);
    },
  );

  it('of a shared filter gives each message to one of the group, in turn, and to one that is there', async () => {
    const world = startBroker();
    const names = ['c1', 'c2', 'c3'];
    world.broker.publish('a/b', 'retained is for no group', { retain: true });
    const clients = await Promise.all(names.map((name) => join(world, name, { cleanSession: false })));
    for (const client of clients) await client.subscribe('$share/g/a/+');
    await clients[0]!.subscribe('$share/other/a/b');
    await clients[1]!.send(disconnect());
    for (let i = 0; i < 4; i++) world.broker.publish('a/b', `${i}`, { qos: 1 });
    expect(shown(await clients[0]!.messages())).toEqual([
      'a/b 0 1',
      'a/b 0 1',
      'a/b 1 1',
      'a/b 2 1',
      'a/b 2 1',
      'a/b 3 1',
    ]);
    expect(shown(await clients[2]!.messages())).toEqual(['a/b 1 1', 'a/b 3 1']);
  });

  it('of a topic that begins with $ gets what the broker publishes, and nothing of other clients', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    await client.subscribe('$SYS/#');
    expect(await client.send(message('$SYS/a', 'x', { qos: 1, packetId: 1, retain: true }))).toEqual([puback(1)]);
    world.broker.publish('$SYS/a', 'y');
    expect(shown(await client.messages())).toEqual(['$SYS/a y 0']);
  });
});

describe('UNSUBSCRIBE', () => {
  it('deletes the filters with the very same characters, and is answered in any case [MQTT-3.10.4-1, MQTT-3.10.4-2, MQTT-3.10.4-4, MQTT-3.10.4-5, MQTT-3.10.4-6, MQTT-2.3.1-7]', async () => {
    const world = startBroker();
    const client = await join(world, 'c');
    for (const filter of ['a/+', 'a/b', 'b']) await client.subscribe(filter, 0);
    const packet = unsubscribe({ packetId: 99, topicFilters: ['a/+', 'a/c', 'b'] });
    expect(await client.send(packet)).toEqual([{ type: 11, packetId: 99 }]);
    expect(await client.send(packet)).toEqual([{ type: 11, packetId: 99 }]);
    expect(shown(await client.send(message('a/b'), message('a/c'), message('b')))).toEqual(['a/b  0']);
  });

  it('leaves what is under way to be finished [MQTT-3.10.4-3]', async () => {
    const world = startBroker({ maxInflight: 1 });
    const client = await join(world, 'c', { cleanSession: false });
    await client.subscribe('a');
    world.broker.publish('a', 'x', { qos: 2 });
    await client.send(unsubscribe({ packetId: 1, topicFilters: ['a'] }));
    const again = new Raw(world.broker);
    const packets = await again.send(connect({ clientId: 'c', cleanSession: false }));
    expect(shown(packets)).toEqual(['type 2', 'a x 2 dup']);
    expect(await again.send(pubrec(1))).toEqual([pubrel(1)]);
    await again.send(pubcomp(1));
    expect(world.broker.sessions.get('c')!.inflight.size).toBe(0);
  });
});

describe('the stream', () => {
  it('may be cut anywhere, and may hold many packets [MQTT-6.0.0-2, MQTT-7.1.1-1, MQTT-7.0.0-2]', async () => {
    const packets = [connect({ clientId: 'c' }), message('a', 'x', { qos: 1, packetId: 1 }), pingreq(), disconnect()];
    const all = concat(...packets.map(encode));
    for (let size = 1; size <= all.length; size++) {
      const world = startBroker();
      const client = new Raw(world.broker);
      const answers = [];
      for (let start = 0; start < all.length; start += size)
        answers.push(...(await client.sendBytes(all.slice(start, start + size))));
      expect(answers).toMatchObject([{ type: 2 }, puback(1), { type: 13 }]);
      endedBy(world, undefined);
    }
    await settled();
  });
});

/** Statements that no test here has in its title, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'MQTT-7.0.0-1': 'the broker opens no connections to other servers',
};

it('tests every statement that binds a server, or says why not', () => {
  const statements: { id: string; applies: string }[] = JSON.parse(
    readFileSync('test/standard/normative.json', 'utf8'),
  );
  const sources = readdirSync('test/testing').map((name) => readFileSync(`test/testing/${name}`, 'utf8'));
  const tested = sources.flatMap((source) =>
    [...source.matchAll(/\[((?:MQTT-[\d.-]+(?:, )?)+)\]/g)].flatMap(([, ids]) => ids!.split(', ')),
  );
  const binding = statements.filter(({ applies }) => applies.includes('server')).map(({ id }) => id);
  expect(binding.filter((id) => !tested.includes(id) && !ELSEWHERE[id])).toEqual([]);
  expect(tested.filter((id) => !statements.some((statement) => statement.id === id))).toEqual([]);
});
