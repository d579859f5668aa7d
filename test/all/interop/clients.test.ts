// Other people's clients, and ours, through the broker of mqtt311/testing: all that there is to exchange.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Broker } from '../../../src/testing/testing.ts';
import { CLIENTS, type ClientName, Foreign, type ForeignOptions, installForeign } from './foreign.ts';
import { type OwnBroker, startOwn } from './own.ts';
import { summary } from './peer.ts';

const QOS = [0, 1, 2] as const;
type QoS = (typeof QOS)[number];

/** What a client cannot do, or does not tell. */
interface Limits {
  readonly transport?: 'tcp';
  readonly maxQos?: 1;
  readonly minQos?: 1;
  readonly subscribesOnce?: true;
  readonly hidesSessionPresent?: true;
}

const LIMITS: Record<ClientName, Limits> = {
  'MQTT.js': {},
  'Paho for Python': {},
  'Paho for JavaScript': { hidesSessionPresent: true },
  'u8-mqtt': { minQos: 1, maxQos: 1 }, // publish() of QoS 0 throws TypeError
  'mosquitto_sub and mosquitto_pub': { transport: 'tcp', subscribesOnce: true, hidesSessionPresent: true },
  mqtt311: {},
};
const NAMES = Object.keys(LIMITS) as ClientName[];

let own: OwnBroker;
let broker: Broker;
let tests = 0;

beforeAll(async () => {
  installForeign();
  const right = (password: Uint8Array | undefined) => !password || Buffer.from(password).toString() === 'right';
  own = await startOwn({ authenticate: ({ password }) => (right(password) ? true : 5) });
  broker = own.broker;
}, 120_000);
afterAll(() => own?.stop());

const unique = (kind: string) => `${kind}${++tests}`;

const placeOf = (name: ClientName) => {
  const { transport = 'websockets' } = LIMITS[name];
  return [name, transport, transport === 'tcp' ? own.tcpPort : Number(new URL(own.url('ws')).port)] as const;
};

async function start(name: ClientName, options: Partial<ForeignOptions> = {}): Promise<Foreign> {
  const client = await Foreign.start(...placeOf(name), { clientId: unique('client'), ...options });
  onTestFinished(() => client.kill());
  return client;
}

const most = (name: ClientName, qos: QoS) => Math.min(qos, LIMITS[name].maxQos ?? 2);

/** A connection of this client ends; its will has been published then. */
const ended = (clientId: string) =>
  broker.until('connection', (event) => event.clientId === clientId && event.state === 'closed');

describe('from every client to every client', () => {
  const all = new Map<ClientName, Foreign>();
  beforeAll(async () => {
    for (const name of NAMES)
      all.set(
        name,
        await Foreign.start(...placeOf(name), { clientId: unique('client'), username: 'u', password: 'right' }),
      );
  });
  afterAll(() => Promise.all(Array.from(all.values(), (client) => client.kill())));

  it.each(Object.entries(CLIENTS))('%s is the version that docs/testing.md names', (name, { version }) => {
    expect(all.get(name as ClientName)?.version).toBe(version);
    expect(readFileSync('docs/testing.md', 'utf8').includes(`| ${name} | ${version} |`)).toBe(true);
  });

  it.each(NAMES.flatMap((from) => NAMES.map((to) => [from, to] as const)))(
    'carries a message of every QoS from %s to %s, with no more than the QoS that was granted',
    async (from, to) => {
      for (const granted of new Set(QOS.map((qos) => most(to, qos)))) {
        const topic = unique('清/é');
        expect(await all.get(to)!.subscribe(topic, granted)).toEqual([granted]);
        for (const qos of new Set(QOS.map((each) => Math.max(most(from, each), LIMITS[from].minQos ?? 0)))) {
          const payload = Buffer.from(`温度 ${qos}`);
          await all.get(from)!.publish(topic, payload, qos);
          const expected = { topic, payload: summary(payload), qos: Math.min(qos, granted), retain: false };
          expect(await all.get(to)!.message()).toEqual(expected);
        }
      }
    },
  );
});

describe.each(NAMES)('%s', (name) => {
  const { subscribesOnce = false, hidesSessionPresent = false } = LIMITS[name];

  it.each([
    ['nothing', new Uint8Array(0)],
    ['each of the 256 bytes', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
    ['1 MiB', new Uint8Array(1_048_576).fill(0x61)],
  ])('sends and gets a payload of %s', async (_, payload) => {
    const client = await start(name);
    const topic = unique('payload');
    await client.subscribe(topic, most(name, 2));
    await client.publish(topic, payload, most(name, 2));
    expect(await client.message()).toEqual({ topic, payload: summary(payload), qos: most(name, 2), retain: false });
  });

  it('finds a retained message, and sets, replaces and clears one', async () => {
    const client = await start(name);
    const [theirs, mine] = [unique('kept'), unique('kept')];
    broker.publish(theirs, 'kept', { qos: 1, retain: true });
    await client.subscribe(theirs, 1);
    const kept = { topic: theirs, payload: summary(Buffer.from('kept')), qos: 1, retain: true };
    expect(await client.message()).toEqual(kept);
    for (const text of ['first', 'second']) {
      await client.publish(mine, Buffer.from(text), 1, true);
      expect(Buffer.from(broker.retained.get(mine)!.payload).toString()).toBe(text);
    }
    await client.publish(mine, new Uint8Array(0), 1, true);
    expect(broker.retained.has(mine)).toBe(false);
    await client.subscribe(mine, 1);
    await client.publish(mine, Buffer.from('next'), 1);
    expect(await client.message()).toMatchObject({ payload: summary(Buffer.from('next')), retain: false });
  });

  it('has a will that is published when it is killed, and not when it leaves', async () => {
    const [topic, clientId] = [unique('will'), unique('owner')];
    const will = { topic, payload: Buffer.from('gone'), qos: most(name, 2), retain: true };
    for (const isKilled of [false, true]) {
      const owner = await start(name, { clientId, will });
      await owner.subscribe('nothing', 0);
      const end = ended(clientId);
      await (isKilled ? owner.kill() : owner.leave());
      await end;
      expect(broker.retained.has(topic)).toBe(isKilled);
    }
    const { payload, qos } = broker.retained.get(topic)!;
    expect([Buffer.from(payload).toString(), qos]).toEqual(['gone', most(name, 2)]);
  });

  it('gets what was published while it was away, each message once, those of one QoS in order', async () => {
    const [topic, clientId] = [unique('away'), unique('absent')];
    const first = await start(name, { clientId, clean: false });
    await first.subscribe(topic, most(name, 2));
    if (!hidesSessionPresent) expect(first.sessionPresent).toBe(false);
    const end = ended(clientId);
    await first.leave();
    await end;
    const texts = Array.from({ length: 25 }, (_, i) => `${i}`);
    for (const text of texts) for (const qos of [1, 2] as const) broker.publish(topic, `${qos} ${text}`, { qos });
    const second = await start(name, { clientId, clean: false });
    if (subscribesOnce) await second.subscribe(topic, most(name, 2)); // it connects with that
    if (!hidesSessionPresent) expect(second.sessionPresent).toBe(true);
    const received: string[] = [];
    while (received.length < 2 * texts.length) received.push((await second.message()).payload);
    for (const qos of [1, 2] as const) {
      const sent = texts.map((text) => summary(Buffer.from(`${qos} ${text}`)));
      expect(received.filter((payload) => sent.includes(payload))).toEqual(sent);
    }
    await expect.poll(() => broker.sessions.get(clientId)!.inflight.size).toBe(0);
  });

  it.skipIf(subscribesOnce)(
    'gets one copy through filters that overlap, with the highest QoS that was granted',
    async () => {
      const client = await start(name);
      const level = unique('overlap');
      const topic = `${level}/below`;
      await client.subscribe(topic, 0);
      await client.subscribe(`${topic}/#`, most(name, 2));
      await client.subscribe(`${level}/+`, 0);
      for (const text of ['one', 'two']) {
        broker.publish(topic, text, { qos: 2 });
        expect(await client.message()).toMatchObject({ payload: summary(Buffer.from(text)), qos: most(name, 2) });
      }
    },
  );

  it.skipIf(subscribesOnce)('gets nothing more after it has unsubscribed', async () => {
    const client = await start(name);
    const [topic, other] = [unique('gone'), unique('still')];
    await client.subscribe(topic, 1);
    await client.subscribe(other, 1);
    await client.unsubscribe(topic);
    broker.publish(topic, 'nobody hears that', { qos: 1 });
    broker.publish(other, 'but that', { qos: 1 });
    expect(await client.message()).toMatchObject({ topic: other });
  });

  it('is given a client identifier when it has none', async () => {
    const accepted = broker.until('connection', ({ state }) => state === 'accepted');
    const client = await start(name, { clientId: '' });
    await client.subscribe(unique('empty'), 1);
    expect((await accepted).clientId).toMatch(/^assigned-\d+$/);
  });

  it('is told the return code that refuses its password', async () => {
    const options = { clientId: unique('refused'), username: 'me', password: 'wrong' };
    expect(await Foreign.refusal(...placeOf(name), options)).toBe(5);
  });

  it('loses its connection to another one with its client identifier', async () => {
    const clientId = unique('twice');
    const [filter, next] = [unique('first'), unique('second')];
    const first = await start(name, { clientId });
    await first.subscribe(filter, 1);
    const lost = first.lost();
    const second = await start(name, { clientId });
    await second.subscribe(next, 1);
    expect([...broker.sessions.get(clientId)!.subscriptions.keys()]).toEqual([next]);
    await lost;
  });
});
