import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { FOREIGN, Foreign, type ForeignName, type ForeignWill, installForeign } from './foreign.ts';
import { Peer, receivedOf, summary } from './peer.ts';
import { Pulse } from './pulse.ts';
import { type RunningBroker, startBroker } from './start.ts';

// Other clients and ours, through mosquitto: what one says, the other understands.

let broker: RunningBroker;
let pulse: Pulse;
let tests = 0;

beforeAll(async () => {
  installForeign();
  broker = await startBroker('mosquitto');
  pulse = await Pulse.start(broker);
}, 120_000);
afterAll(async () => {
  await pulse?.stop();
  await broker?.stop();
});

const PAYLOADS = [
  Buffer.from('21.5 °C, 温度 🌡'),
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
  new Uint8Array(0),
  new Uint8Array(1_048_576).fill(0x61),
];

describe.each(Object.keys(FOREIGN) as ForeignName[])('%s', (name) => {
  describe.each(['tcp', 'websockets'] as const)('over %s', (transport) => {
    let theirs: Foreign;
    beforeAll(async () => {
      theirs = await start();
    });
    afterAll(() => theirs?.kill());

    function start(will?: ForeignWill): Promise<Foreign> {
      const port = transport === 'tcp' ? broker.tcpPort : Number(new URL(broker.url('ws')).port);
      return Foreign.start(name, transport, port, { clientId: `theirs${++tests}`, will });
    }

    async function ours(options = {}): Promise<Peer> {
      const peer = await Peer.open(broker.url('wss'), broker.ca, { clientId: `ours${++tests}`, ...options });
      onTestFinished(() => peer.client.close());
      return peer;
    }

    const uniqueTopic = () => `foreign/温度/${++tests}`;

    it('is the version that was seen to work', () => {
      expect(theirs.version).toBe(FOREIGN[name].version);
    });

    it.each([0, 1, 2] as const)('gets what ours publishes with QoS %d', async (qos) => {
      const topic = uniqueTopic();
      const sender = await ours();
      expect(await theirs.subscribe(topic, qos)).toEqual([qos]);
      for (const payload of PAYLOADS) {
        await sender.client.publish(topic, payload, { qos });
        expect(await theirs.message()).toEqual({ topic, payload: summary(payload), qos, retain: false });
      }
    });

    it.each([0, 1, 2] as const)('publishes with QoS %d what ours gets', async (qos) => {
      const topic = uniqueTopic();
      const receiver = await ours();
      await receiver.client.subscribe(topic, { qos }, receiver.inbox.take);
      for (const payload of PAYLOADS) {
        await theirs.publish(topic, payload, qos);
        const message = await receiver.inbox.next();
        expect(message.topic).toBe(topic);
        expect(receivedOf(message)).toEqual({ payload: summary(payload), qos, retain: false });
      }
    });

    it('finds what ours left retained', async () => {
      const topic = uniqueTopic();
      await (await ours()).client.publish(topic, 'kept', { qos: 1, retain: true });
      await theirs.subscribe(topic, 1);
      expect(await theirs.message()).toEqual({ topic, payload: summary(Buffer.from('kept')), qos: 1, retain: true });
    });

    it('leaves retained what ours finds', async () => {
      const topic = uniqueTopic();
      await theirs.publish(topic, Buffer.from('kept'), 1, true);
      const receiver = await ours();
      await receiver.client.subscribe(topic, { qos: 1 }, receiver.inbox.take);
      expect(receivedOf(await receiver.inbox.next())).toMatchObject({ qos: 1, retain: true });
    });

    it('gets the will of ours', async () => {
      const topic = uniqueTopic();
      await theirs.subscribe(topic, 2);
      const owner = await ours({ will: { topic, payload: 'gone', qos: 2 } });
      await owner.cut();
      expect(await theirs.message()).toMatchObject({ payload: summary(Buffer.from('gone')), qos: 2 });
    });

    it('has a will that ours gets', async () => {
      const topic = uniqueTopic();
      const receiver = await ours();
      await receiver.client.subscribe(topic, { qos: 2 }, receiver.inbox.take);
      const owner = await start({ topic, payload: Buffer.from('gone'), qos: 2, retain: false });
      await owner.kill();
      expect((await receiver.inbox.next()).text()).toBe('gone');
    });

    it.each([1, 2] as const)('publishes with QoS %d what waits for ours to come back', async (qos) => {
      const topic = uniqueTopic();
      const receiver = await ours({ cleanSession: false });
      await receiver.client.subscribe(topic, { qos }, receiver.inbox.take);
      await receiver.cut();
      await theirs.publish(topic, Buffer.from('meanwhile'), qos);
      await receiver.wake();
      expect(receiver.sessionPresent).toBe(true);
      expect(receivedOf(await receiver.inbox.next())).toMatchObject({
        qos,
        payload: summary(Buffer.from('meanwhile')),
      });
    });
  });
});
