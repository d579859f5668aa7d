// What a test does with its clients and its broker, and what it expects of them.
import { expect } from 'vitest';
import { ConnectionLostError, type Message, type QoS } from '../../../src/index.node.ts';
import type { Behaviour, Fault } from './brokers.ts';
import { type Case, SIZES } from './cases.ts';
import { Inbox, type Peer, type Received, receivedOf, summary } from './peer.ts';
import type { Scene } from './scene.ts';

const PUBREL = 6;
const MANY = 1_000;

export async function exchangeMessage(scene: Scene, { size, qos, retain, cleanSession }: Case): Promise<void> {
  const will = { topic: scene.gone, payload: 'gone', qos: 1 } as const;
  const receiver = await scene.listener(qos, { cleanSession, will });
  const sender = await scene.open();
  if (!cleanSession) await scene.cut(receiver, sender);
  const payload = new Uint8Array(SIZES[size]).fill(0x6d);
  const published = sender.client.publish(scene.topic, payload, { qos, retain });
  if (qos > scene.broker.maxQos) await expect(published).rejects.toThrow('downgraded');
  else await published;
  await scene.roundTrip(sender);
  if (!cleanSession) {
    await receiver.wake();
    expect(receiver.sessionPresent).toBe(true);
  }
  const isKept = cleanSession || qos > 0 || scene.broker.keepsQos0;
  const message = { payload: summary(payload), qos: scene.granted(qos), retain: false };
  const hasFlag = retain && !cleanSession && scene.has('keeps RETAIN for the absent');
  const expected = isKept ? [{ ...message, retain: hasFlag }] : [];
  expect(await scene.received(receiver, sender, qos)).toEqual(expected);
  if (retain) await findRetained(scene, sender, message);
}

export async function exchangeWill(scene: Scene, { size, qos, retain, cleanSession }: Case): Promise<void> {
  const watcher = await scene.listener(qos);
  const payload = new Uint8Array(SIZES[size]).fill(0x77);
  const owner = await scene.open({ cleanSession, will: { topic: scene.topic, payload, qos, retain } });
  await owner.cut();
  const expected = { payload: summary(payload), qos: scene.granted(qos), retain: false };
  expect(receivedOf(await watcher.inbox.next())).toEqual(expected);
  expect(await scene.received(watcher, watcher, qos)).toEqual([]);
  if (retain) await findRetained(scene, watcher, expected);
}

/** Who subscribes later finds it; an empty payload leaves nothing to find [MQTT-3.3.1-10]. */
async function findRetained(scene: Scene, sender: Peer, message: Received): Promise<void> {
  const newcomer = await scene.listener(message.qos as QoS);
  const expected = message.payload === summary(new Uint8Array(0)) ? [] : [{ ...message, retain: true }];
  expect(await scene.received(newcomer, sender, message.qos as QoS)).toEqual(expected);
}

interface Exchange {
  readonly title: string;
  /** The QoS that the broker has to know. */
  readonly qos: QoS;
  readonly unless?: Fault;
  run(scene: Scene): Promise<void>;
}

const EXCHANGES: readonly Exchange[] = [
  ...([0, 1, 2] as const).map((qos) => ({
    title: `a thousand messages with QoS ${qos} arrive in order`,
    qos,
    run: (scene: Scene) => keepOrder(scene, qos),
  })),
  ...([1, 2] as const).map((qos) => ({
    title: `a message with QoS ${qos} that its handler failed on comes again with the next connection`,
    qos,
    run: (scene: Scene) => redeliver(scene, qos),
  })),
  ...([1, 2] as const).map((qos) => ({
    title: `a message with QoS ${qos} waits for another client object with the same client id`,
    qos,
    run: (scene: Scene) => resume(scene, qos),
  })),
  { title: 'a QoS 1 publish whose PUBACK was lost is sent again', qos: 1, run: losePuback },
  { title: 'a QoS 2 publish whose PUBREC was lost arrives exactly once', qos: 2, run: losePubrec },
  { title: 'a QoS 2 publish whose PUBCOMP was lost arrives exactly once', qos: 2, run: losePubcomp },
  {
    title: 'a client that leaves in good order has no will',
    qos: 1,
    unless: 'sends the will of who leaves',
    run: leave,
  },
  { title: 'a second client with the same client id takes over [MQTT-3.1.4-2]', qos: 1, run: takeOver },
  { title: 'after unsubscribe nothing comes', qos: 1, run: unsubscribe },
  { title: 'a PINGREQ is answered', qos: 0, run: ping },
];

export function exchangesOf({ maxQos, faults }: Behaviour): Exchange[] {
  return EXCHANGES.filter(({ qos, unless }) => qos <= maxQos && (unless === undefined || !faults.includes(unless)));
}

async function keepOrder(scene: Scene, qos: QoS): Promise<void> {
  const receiver = await scene.listener(qos);
  const sender = await scene.open();
  const texts = Array.from({ length: MANY }, (_, i) => `message ${i}`);
  await Promise.all(texts.map((text) => sender.client.publish(scene.topic, text, { qos })));
  const received = await scene.received(receiver, sender, qos);
  expect(received.map(({ payload }) => payload)).toEqual(texts.map((text) => summary(Buffer.from(text))));
}

async function redeliver(scene: Scene, qos: QoS): Promise<void> {
  const deliveries = new Inbox();
  let failures = 0;
  const fail = (message: Message) => {
    deliveries.take(message);
    failures += 1;
    if (failures === 1) throw new Error('the handler fails once');
  };
  const will = { topic: scene.gone, payload: '', qos: 1 } as const;
  const receiver = await scene.listener(qos, { cleanSession: false, will }, fail);
  const sender = await scene.open();
  await sender.client.publish(scene.topic, 'again', { qos });
  expect((await deliveries.next()).dup).toBe(false);
  await scene.cut(receiver, sender);
  await receiver.wake();
  const { dup, qos: deliveredQos } = await deliveries.next();
  expect({ dup, qos: deliveredQos }).toEqual({ dup: !scene.has('never sets DUP'), qos });
}

async function resume(scene: Scene, qos: QoS): Promise<void> {
  const options = { clientId: `${scene.topic.replace('/', '')}resumed`, cleanSession: false };
  const first = await scene.listener(qos, options);
  await first.client.close();
  const sender = await scene.open();
  await sender.client.publish(scene.topic, 'while nobody was there', { qos });
  const second = await scene.open(options);
  second.client.on('unrouted', second.inbox.take);
  const message = await second.inbox.next();
  expect([message.text(), message.qos]).toEqual(['while nobody was there', qos]);
}

async function losePuback(scene: Scene): Promise<void> {
  const { sender, received } = await publishUnheard(scene, 1, (sender) => sender.deafen());
  expect(sender.sent.filter((packet) => packet.startsWith('PUBLISH'))).toEqual(['PUBLISH', 'PUBLISH again']);
  expect(received.length).toBeGreaterThanOrEqual(1);
}

async function losePubrec(scene: Scene): Promise<void> {
  const { sender, received } = await publishUnheard(scene, 2, (sender) => sender.deafen());
  expect(sender.sent).toEqual(['PUBLISH', 'PUBLISH again', 'PUBREL']);
  expect(received).toHaveLength(1);
}

async function losePubcomp(scene: Scene): Promise<void> {
  const { sender, received } = await publishUnheard(scene, 2, async (sender) => {
    await sender.hasSent(PUBREL);
    await sender.deafen();
  });
  expect(sender.sent).toEqual(['PUBLISH', 'PUBREL', 'PUBREL']);
  expect(received).toHaveLength(1);
}

/** Publishes, loses what `deaf` waits for, and comes back. */
async function publishUnheard(scene: Scene, qos: QoS, deaf: (sender: Peer) => Promise<void>) {
  const receiver = await scene.listener(qos);
  const sender = await scene.open({ cleanSession: false });
  await sender.client.subscribe(scene.gone, { qos: 1 }); // there are brokers that keep no session without
  const unheard = deaf(sender);
  const published = sender.client.publish(scene.topic, 'once', { qos });
  await unheard;
  await sender.cut();
  await sender.wake();
  await published;
  return { sender, received: await scene.received(receiver, receiver, qos) };
}

async function leave(scene: Scene): Promise<void> {
  const watcher = await scene.listener(1);
  const owner = await scene.open({ will: { topic: scene.topic, payload: 'cut off', qos: 1 } });
  await owner.client.close();
  expect(await scene.received(watcher, watcher, 1)).toEqual([]);
}

async function takeOver(scene: Scene): Promise<void> {
  const clientId = `${scene.topic.replace('/', '')}twice`;
  const first = await scene.open({ clientId });
  const lost = first.reached('waiting');
  const second = await scene.open({ clientId });
  expect(await lost).toBeInstanceOf(ConnectionLostError);
  await scene.roundTrip(second);
}

async function unsubscribe(scene: Scene): Promise<void> {
  const receiver = await scene.open();
  const subscription = await receiver.client.subscribe(`${scene.topic}/+`, { qos: 1 }, receiver.inbox.take);
  await receiver.client.subscribe(scene.topic, { qos: 1 }, receiver.inbox.take);
  await receiver.client.publish(`${scene.topic}/before`, 'before', { qos: 1 });
  expect((await receiver.inbox.next()).topic).toBe(`${scene.topic}/before`);
  await subscription.unsubscribe();
  const others = new Inbox();
  receiver.client.on('unrouted', others.take); // what the broker still sends, the client would not hide
  await receiver.client.publish(`${scene.topic}/after`, 'after', { qos: 1 });
  expect(await scene.received(receiver, receiver, 1)).toEqual([]);
  expect(others.isEmpty).toBe(true);
}

async function ping(scene: Scene): Promise<void> {
  const { client } = await scene.open();
  const answered = new Promise<void>((resolve) => {
    client.on('packet', (direction, { type }) => direction === 'received' && type === 13 && resolve());
  });
  client.wake();
  await answered;
}
