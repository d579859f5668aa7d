// Each fault in the table, shown: when one of these fails, a broker was repaired, and the table has to follow.
import { expect } from 'vitest';
import { ConnectionLostError, ProtocolError } from '../../../src/index.node.ts';
import type { Fault } from './brokers.ts';
import { Inbox, summary } from './peer.ts';
import type { Scene } from './scene.ts';

export const FAULT_TESTS: Record<Fault, (scene: Scene) => Promise<void>> = {
  async 'downgrades QoS 2'(scene) {
    const peer = await scene.open();
    const subscription = await peer.client.subscribe(scene.topic, { qos: 2 }, peer.inbox.take);
    expect(subscription.grantedQos).toEqual([1]);
    const error = await peer.client.publish(scene.topic, 'x', { qos: 2 }).catch((reason) => reason);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error.message).toContain('downgraded a QoS 2 PUBLISH to QoS 1');
    expect((await peer.inbox.next()).qos).toBe(1);
    expect(peer.client.state).toBe('online');
  },

  async 'closes on QoS 2'(scene) {
    const peer = await scene.open({ reconnect: false });
    const subscription = await peer.client.subscribe(scene.topic, { qos: 2 }, peer.inbox.take);
    expect(subscription.grantedQos).toEqual([1]);
    const published = peer.client.publish(scene.topic, 'x', { qos: 2 });
    await expect(published).rejects.toThrow(ConnectionLostError);
  },

  async 'forgets QoS 0 sessions'(scene) {
    const peer = await scene.listener(0, { cleanSession: false });
    await peer.cut();
    await peer.wake();
    expect(peer.sessionPresent).toBe(false);
  },

  async 'forgets QoS 0 subscriptions'(scene) {
    const peer = await scene.listener(0, { cleanSession: false });
    await peer.client.subscribe(scene.gone, { qos: 1 }, peer.inbox.take);
    await peer.cut();
    await peer.wake();
    expect(peer.sessionPresent).toBe(true);
    await peer.client.publish(scene.topic, 'x');
    await peer.client.publish(scene.gone, 'y', { qos: 1 });
    expect((await peer.inbox.next()).text()).toBe('y');
  },

  async 'takes 20 at QoS 2'(scene) {
    const peer = await scene.listener(2);
    const sender = await scene.open({ maxInflight: 100 });
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
    await Promise.all(texts.map((text) => sender.client.publish(scene.topic, text, { qos: 2 })));
    const received = await scene.received(peer, sender, 2);
    expect(received.map(({ payload }) => payload)).toEqual(
      texts.slice(0, 20).map((text) => summary(Buffer.from(text))),
    );
  },

  async 'drops behind 1,000'(scene) {
    const will = { topic: scene.gone, payload: '', qos: 1 } as const;
    const peer = await scene.listener(1, { cleanSession: false, will });
    const sender = await scene.open();
    await scene.cut(peer, sender);
    const publishes = Array.from({ length: 1_500 }, (_, i) => sender.client.publish(scene.topic, `${i}`, { qos: 1 }));
    await Promise.all(publishes);
    await peer.wake();
    await peer.inbox.next();
    const received = await scene.received(peer, sender, 1);
    expect(received.length).toBeLessThan(1_100);
  },

  async 'keeps RETAIN for the absent'(scene) {
    const will = { topic: scene.gone, payload: '', qos: 1 } as const;
    const peer = await scene.listener(1, { cleanSession: false, will });
    const sender = await scene.open();
    await scene.cut(peer, sender);
    await sender.client.publish(scene.topic, 'x', { qos: 1, retain: true });
    await peer.wake();
    expect((await peer.inbox.next()).retain).toBe(true);
  },

  async 'never sets DUP'(scene) {
    let failed = () => {};
    const peer = await scene.listener(1, { cleanSession: false }, () => {
      failed();
      throw new Error('the handler fails');
    });
    await new Promise<void>((resolve, reject) => {
      failed = resolve;
      peer.client.publish(scene.topic, 'x', { qos: 1 }).catch(reject);
    });
    const dups: boolean[] = [];
    peer.client.on('packet', (_, packet) => packet.type === 3 && dups.push(packet.dup));
    const again = new Promise<void>((resolve) => (failed = resolve));
    await peer.cut();
    await peer.wake();
    await again;
    expect(dups).toEqual([false]);
  },

  async 'exceeds the granted QoS'(scene) {
    const peer = await scene.listener(1); // without a wildcard, it is lowered
    const subscription = await peer.client.subscribe(`${scene.topic}/+`, { qos: 1 }, peer.inbox.take);
    expect(subscription.grantedQos).toEqual([1]);
    await peer.client.publish(scene.topic, 'x', { qos: 2 });
    expect((await peer.inbox.next()).qos).toBe(1);
    await peer.client.publish(`${scene.topic}/below`, 'x', { qos: 2 });
    expect((await peer.inbox.next()).qos).toBe(2);
  },

  async 'loses the overtaken'(scene) {
    const peer = await scene.listener(0);
    const sender = await scene.open();
    void sender.client.publish(scene.topic, 'first', { retain: true });
    void sender.client.publish(scene.topic, 'second');
    const received = await scene.received(peer, sender, 0);
    expect(received.map(({ payload }) => payload)).toEqual([summary(Buffer.from('second'))]);
  },

  async 'forgets publishers'(scene) {
    const peer = await scene.open({ cleanSession: false });
    await scene.roundTrip(peer);
    await peer.cut();
    await peer.wake();
    expect(peer.sessionPresent).toBe(false);
  },

  async 'sends the will of who leaves'(scene) {
    const watcher = await scene.listener(1);
    const owner = await scene.open({ will: { topic: scene.topic, payload: 'left', qos: 1 } });
    await owner.client.close();
    expect((await watcher.inbox.next()).text()).toBe('left');
  },

  async 'hides a refused login'(scene) {
    const refused = scene.open({ username: 'nobody', password: 'wrong', reconnect: false });
    await expect(refused).rejects.toMatchObject({ name: 'ConnectionLostError', code: 1002 });
  },

  async 'repeats late'(scene) {
    const deliveries = new Inbox();
    const peer = await scene.listener(1, { cleanSession: false }, (message) => {
      deliveries.take(message);
      if (message.text() === 'first' && !message.dup) throw new Error('the handler fails');
    });
    await peer.client.publish(scene.topic, 'first', { qos: 1 });
    await deliveries.next();
    await peer.cut();
    await peer.wake();
    await peer.client.publish(scene.topic, 'second', { qos: 1 });
    expect((await deliveries.next()).text()).toBe('second');
    expect((await deliveries.next()).text()).toBe('first');
  },

  async 'sleeps between pieces'(scene) {
    const peer = await scene.listener(1);
    const begin = Date.now();
    await peer.client.publish(scene.topic, new Uint8Array(65_536), { qos: 1 });
    expect((await peer.inbox.next()).payload.length).toBe(65_536);
    expect(Date.now() - begin).toBeGreaterThan(1_000);
  },
};
