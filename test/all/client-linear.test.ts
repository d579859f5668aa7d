// What waits, and what is looked up, takes time in proportion to its number: the exponent is measured.
import { describe, expect, it, vi } from 'vitest';
import { platformClock } from '../../src/client/clock.ts';
import { Router } from '../../src/client/router.ts';
import type { ClientSubscription, Delivery } from '../../src/client/subscription.ts';
import { type Packet, publish, suback, unsuback } from '../../src/codec/codec.ts';
import { createSession, type SessionEffects } from '../../src/session/session.ts';
import { fitted, LINEAR } from '../support/exponent.ts';

vi.setConfig({ testTimeout: 60_000 });

const SIZES = [10_000, 20_000, 40_000];

/** A router whose session answers every request at once. */
function answered() {
  const effects: SessionEffects = {
    send(packet: Packet) {
      if (packet.type === 8)
        session.receive(suback({ packetId: packet.packetId, returnCodes: packet.subscriptions.map(() => 0 as const) }));
      if (packet.type === 10) session.receive(unsuback(packet.packetId));
    },
    deliver: (packet, receipt) => router.deliver(packet, receipt),
    restoreFailed() {},
  };
  const session = createSession(effects, { maxQueued: Number.POSITIVE_INFINITY });
  const router = new Router({ options: {}, clock: platformClock, session, listeners: [], drained() {} });
  session.connected(false);
  const subscribe = (topicFilters: string[], handler?: () => Promise<void>) => {
    const requested = topicFilters.map((topicFilter) => ({ topicFilter, qos: 0 as const }));
    let subscription: ClientSubscription | undefined;
    router.subscribe(
      requested,
      {},
      handler,
      (value) => {
        subscription = value as ClientSubscription;
      },
      () => {},
    );
    return subscription!;
  };
  return { session, router, subscribe };
}

const filters = (count: number) => Array.from({ length: count }, (_, i) => `f/${i}`);
const message = publish({ topic: 't', payload: new Uint8Array(1) });

// a machine that is busy enough spoils any measurement once
describe('time is linear', { retry: 9 }, () => {
  it('for messages that wait, and then leave', () => {
    const b = fitted(SIZES, (size) => () => {
      const { router, subscribe } = answered();
      const subscription = subscribe(['t']);
      const receipt = { qos: 0 as const, packetId: 0, state: 'processing' as const, isDoubtful: false, key: '' };
      for (let i = 0; i < size; i++) router.deliver(message, receipt);
      for (let i = 0; i < size; i++) void subscription.next();
      expect(router.waitingBytes).toBe(0);
    });
    expect(b).toBeLessThan(LINEAR);
  });

  it('for messages that are dropped, behind others that are not', () => {
    const b = fitted(SIZES, (size) => () => {
      const { router, subscribe } = answered();
      const subscription = subscribe(['t'], () => new Promise(() => {}));
      const delivery = (qos: 0 | 1): Delivery => ({ message: { ...message, qos } as never, packetId: qos, done() {} });
      Object.assign(subscription, { maxWaiting: size });
      for (let i = 0; i < size; i++) subscription.take(delivery(1));
      for (let i = 0; i < size; i++) subscription.take(delivery(0));
      expect(router.waitingBytes).toBe(1); // there is room for one, since the handler has another
    });
    expect(b).toBeLessThan(LINEAR);
  });

  it('for a subscription to many filters, and giving it up', () => {
    const b = fitted(SIZES, (size) => () => {
      const { session, subscribe } = answered();
      const subscription = subscribe(filters(size));
      void subscription.unsubscribe();
      expect(session.isSubscribed('f/1')).toBe(false);
    });
    expect(b).toBeLessThan(LINEAR);
  });

  it('for many subscriptions to one filter, and to one each', () => {
    const b = fitted(SIZES, (size) => () => {
      const { subscribe } = answered();
      const subscriptions = filters(size).flatMap((filter) => [subscribe([filter]), subscribe(['same'])]);
      for (const subscription of subscriptions) void subscription.unsubscribe();
    });
    expect(b).toBeLessThan(LINEAR);
  });

  it('for subscriptions that are restored, and publishes that wait', () => {
    const b = fitted(SIZES, (size) => () => {
      const { session, subscribe } = answered();
      subscribe(filters(size));
      session.disconnected();
      for (let i = 0; i < size; i++) session.publish({ ...message, qos: 1 }, () => {});
      session.connected(false);
      expect(session.inflightCount).toBe(100);
    });
    expect(b).toBeLessThan(LINEAR);
  });
});
