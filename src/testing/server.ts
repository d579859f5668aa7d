// Chapter 4: what the server knows across its connections, and the way of a message from one client to others.

import type { PublishPacket, QoS } from '../codec/codec.ts';
import { matches } from '../codec/topic.ts';
import type { Clock } from '../connection/clock.ts';
import type { Listeners } from './events.ts';
import type { BrokerOptions } from './options.ts';
import { ServerSession, type SessionLimits } from './session.ts';
import { type Recipient, Subscriptions } from './subscription.ts';

export class Server {
  readonly options: BrokerOptions;
  readonly clock: Clock;
  readonly events: Listeners;
  readonly sessions: Map<string, ServerSession> = new Map();
  /** The last retained message of each topic. They belong to no session [MQTT-3.1.2-7]. */
  readonly retained: Map<string, PublishPacket> = new Map();
  readonly subscriptions: Subscriptions = new Subscriptions();
  private readonly limits: SessionLimits;
  /** Of a packet that goes to a member of a group: the filter that they share, and the message as it came. */
  private readonly shared = new WeakMap<object, readonly [sharedFilter: string, message: PublishPacket]>();
  private assigned = 0;

  constructor(options: BrokerOptions, clock: Clock, events: Listeners) {
    const { maxInflight = 20, maxQueued = 10_000 } = options;
    if (!(maxInflight >= 1 && maxInflight <= 65_535)) throw new RangeError('maxInflight must be 1 to 65,535');
    if (!(maxQueued >= 1)) throw new RangeError('maxQueued must be at least 1');
    this.limits = { maxInflight, maxQueued, events };
    this.options = options;
    this.clock = clock;
    this.events = events;
  }

  /** A client identifier that no session has [MQTT-3.1.3-6]. */
  assignClientId(): string {
    do this.assigned += 1;
    while (this.sessions.has(`assigned-${this.assigned}`));
    return `assigned-${this.assigned}`;
  }

  /** 3.1.2.4: the session of before, or a new one in its place. Returns whether it is that of before, too. */
  openSession(clientId: string, cleanSession: boolean): { session: ServerSession; isPresent: boolean } {
    const known = this.sessions.get(clientId);
    if (known && !cleanSession) {
      this.events.emit('session', { clientId, change: 'resumed' });
      return { session: known, isPresent: true };
    }
    if (known) this.endSession(known); // [MQTT-3.1.2-6]
    const session = new ServerSession(clientId, cleanSession, this.limits);
    this.sessions.set(clientId, session);
    this.events.emit('session', { clientId, change: 'created' });
    return { session, isPresent: false };
  }

  endSession(session: ServerSession): void {
    const { clientId } = session;
    if (this.sessions.get(clientId) !== session) return;
    for (const topicFilter of session.subscriptions.keys()) this.subscriptions.delete(session, topicFilter);
    this.sessions.delete(clientId);
    this.events.emit('session', { clientId, change: 'ended' });
    for (const packet of [...session.inflight.values(), ...session.queued]) {
      const [sharedFilter, message] = this.shared.get(packet) ?? [];
      const next = sharedFilter && this.subscriptions.nextOf(sharedFilter);
      if (next) this.give(message!, next); // the group still has a member
    }
  }

  /** 3.3.1.3 and 3.3.5: keeps the message if it is retained, and gives it to everyone who wants it [MQTT-4.5.0-1]. */
  publish(packet: PublishPacket): void {
    const { topic, retain } = packet;
    // A copy, since a caller's bytes may change, and a client's are a view of all that came with them.
    const payload = new Uint8Array(packet.payload);
    const message = { ...packet, payload };
    if (retain && payload.length === 0)
      this.retained.delete(topic); // [MQTT-3.3.1-10, MQTT-3.3.1-11]
    else if (retain) this.retained.set(topic, message); // [MQTT-3.3.1-5]
    for (const recipient of this.subscriptions.recipientsOf(topic)) this.give(message, recipient); // [MQTT-3.3.1-9]
  }

  /** With the lower QoS of the two [MQTT-3.8.4-6], and DUP 0 whatever it came with [MQTT-3.3.1-3]. */
  private give(message: PublishPacket, [session, granted, sharedFilter]: Recipient, retain = false): void {
    const packet = { ...message, qos: Math.min(message.qos, granted) as QoS, retain, dup: false, packetId: 0 };
    if (sharedFilter) this.shared.set(packet, [sharedFilter, message]);
    session.deliver(packet);
  }

  /** A client has published. Topics that begin with `$` are for the server: clients exchange nothing on them (4.7.2). */
  publishFor(clientId: string, message: PublishPacket): void | Promise<void> {
    return this.whenAllowed(clientId, 'publish', message.topic, (isAllowed) => {
      if (isAllowed && message.topic[0] !== '$') this.publish(message);
    });
  }

  /** A subscription is there, new or again: it gets what is retained [MQTT-3.3.1-6]. `$share/…` matches none. */
  giveRetained(session: ServerSession, topicFilter: string, qos: QoS): void {
    for (const [topic, message] of this.retained)
      if (matches(topicFilter, topic)) this.give(message, [session, qos], true); // [MQTT-3.3.1-8]
  }

  /** Asks `authorize`, and goes on at once unless that takes its time. */
  whenAllowed<T>(
    clientId: string,
    action: 'publish' | 'subscribe',
    topic: string,
    next: (isAllowed: boolean) => T,
  ): T | Promise<T> {
    const answer = this.options.authorize?.({ clientId, action, topic }) ?? true;
    return whenDone(answer, (isAllowed) => {
      if (!isAllowed) this.events.emit('session', { clientId, change: 'unauthorized', topic });
      return next(isAllowed);
    });
  }
}

/** Goes on with a value, at once unless it is a promise. */
export function whenDone<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return typeof (value as Promise<T> | undefined)?.then === 'function'
    ? (value as Promise<T>).then(next as (value: T) => R)
    : next(value as T);
}
