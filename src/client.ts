// The client: one session, over as many connections as it takes.
import { settleOrAbort } from './abort.ts';
import type {
  Client,
  ClientEvents,
  ClientState,
  ConnectOptions,
  Credentials,
  PublishOptions,
  SubscribeOptions,
} from './api.ts';
import { type Clock, platformClock } from './clock.ts';
import {
  type ConnackPacket,
  type ConnectPacket,
  connect as connectPacket,
  disconnect,
  encodedLength,
  type Packet,
  PacketType,
  type PublishPacket,
  publish,
  type QoS,
  subscribe as subscribePacket,
} from './codec.ts';
import { ConnectionLostError, ConnectionRefusedError, ProtocolError, SubscriptionRefusedError } from './errors.ts';
import { Link } from './link.ts';
import { messageOf, toBytes } from './message.ts';
import { type Receipt, Session } from './session.ts';
import { Journal } from './store.ts';
import { ClientSubscription, type MessageHandler, type Subscription } from './subscription.ts';
import { matches } from './topics.ts';
import type { TransportFactory } from './transport.ts';

export type { AbortSignalLike } from './abort.ts';
export type {
  Client,
  ClientEvents,
  ClientState,
  ConnectOptions,
  Credentials,
  PublishOptions,
  SubscribeOptions,
} from './api.ts';
export type { Clock } from './clock.ts';
export type { Packet, QoS } from './codec.ts';
export {
  type Clause,
  ConnectionLostError,
  type ConnectionLostReason,
  ConnectionRefusedError,
  MessagesDroppedError,
  PacketTooLargeError,
  ProtocolError,
  QueueFullError,
  SubscriptionRefusedError,
} from './errors.ts';
export type { Message } from './message.ts';
export type { SessionRecord } from './session.ts';
export type { SessionStore, StoreChange } from './store.ts';
export type { MessageHandler, Subscription } from './subscription.ts';
export type { Transport, TransportEvents, TransportFactory } from './transport.ts';

/** Milliseconds for the peer to answer the closing of the connection. */
const CLOSE_TIMEOUT = 5_000;

/** Delays grow until a connection has lasted this many times `minDelay`. */
const STABLE = 10;

/** So many connections in a row that end soon after their CONNACK look like a fight over the client id. */
const TAKE_OVERS = 3;

/**
 * Connects to a broker. Resolves when it has accepted; rejects with ConnectionRefusedError, ConnectionLostError,
 * ProtocolError, TypeError or the signal's reason when the first attempt fails.
 */
export function connect(url: string, options: ConnectOptions & { transport: TransportFactory }): Promise<Client>;
export function connect(options: ConnectOptions & { url: string; transport: TransportFactory }): Promise<Client>;
export function connect(
  urlOrOptions: string | (ConnectOptions & { url: string }),
  options?: ConnectOptions,
): Promise<Client> {
  return connectWith(optionsWithUrl(urlOrOptions, options));
}

/** @internal The two ways to call `connect`, as one. */
export function optionsWithUrl(
  urlOrOptions: string | (ConnectOptions & { url: string }),
  options?: ConnectOptions,
): ConnectOptions & { url: string } {
  return typeof urlOrOptions === 'string' ? { ...options, url: urlOrOptions } : urlOrOptions;
}

/** @internal As `connect`, for an entry point that has chosen the transport. */
export function connectWith(options: ConnectOptions & { url: string }): Promise<Client> {
  return settleOrAbort(options.signal, (resolve, reject) => {
    const client = new MqttClient(options, { resolve: () => resolve(client), reject });
    client.start();
    return (reason) => client.giveUp(reason);
  });
}

class MqttClient implements Client {
  state: ClientState = 'connecting';
  private readonly options: ConnectOptions & { url: string };
  private readonly clock: Clock;
  private readonly session: Session;
  private journal: Journal | undefined; // undefined: nothing outlives the process, or the store has failed
  private isRestored = false; // the session has what an earlier process kept
  private readonly subscriptions = new Set<ClientSubscription>();
  private readonly listeners: { [E in keyof ClientEvents]: Set<ClientEvents[E]> } = {
    state: new Set(),
    error: new Set(),
    message: new Set(),
    packet: new Set(),
  };
  private ready: { resolve(): void; reject(error: Error): void } | undefined; // until connect() has settled
  private link: Link | undefined;
  private timer: unknown; // of the attempt, of the wait for the next one, or of the closing
  private attempts = 0;
  private failures = 0; // since a connection last proved stable
  private takeOvers = 0; // connections in a row that ended soon after their CONNACK
  private onlineSince = 0;
  private unanswered = 0; // CONNECTs in a row without a CONNACK: each may have begun a session that nobody told of
  private end: Error | undefined; // why the client is closed
  private closing: Promise<void> | undefined;
  private closed: () => void = () => {};

  constructor(options: ConnectOptions & { url: string }, ready: { resolve(): void; reject(error: Error): void }) {
    this.options = options;
    this.clock = options.clock ?? platformClock;
    this.ready = ready;
    const { store } = options;
    const journal = store && new Journal(store, (error) => this.storeFailed(error));
    this.journal = journal;
    this.session = new Session(
      {
        send: (packet) => this.link?.send(packet),
        deliver: (message, receipt) => this.deliver(message, receipt),
        restoreFailed: (topicFilter) => this.report(new SubscriptionRefusedError([topicFilter])),
        ...(journal && { keep: (key, record) => journal.add(key, record) }),
      },
      options,
    );
  }

  // ---- what the application calls

  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    const { qos = 0, retain = false, signal } = options;
    return settleOrAbort(signal, (resolve, reject) => {
      const message = publish({ topic, payload: toBytes(payload, 'payload'), qos, retain });
      encodedLength(qos === 0 ? message : { ...message, packetId: 1 }); // refuses what can never be sent
      this.checkNotClosed();
      const exchange = this.session.publish(message, (error) => {
        if (error !== undefined) reject(error);
        else if (qos === 0) this.link!.whenTaken(resolve, reject);
        else resolve();
      });
      return () => this.session.cancel(exchange);
    });
  }

  subscribe(
    topicFilter: string | readonly string[],
    options: SubscribeOptions = {},
    handler?: MessageHandler,
  ): Promise<Subscription> {
    const { qos = 0, signal } = options;
    return settleOrAbort(signal, (resolve, reject) => {
      const topicFilters = typeof topicFilter === 'string' ? [topicFilter] : [...topicFilter];
      const requested = topicFilters.map((filter) => ({ topicFilter: filter, qos }));
      encodedLength(subscribePacket({ packetId: 1, subscriptions: requested })); // refuses what can never be sent
      this.checkNotClosed();
      const subscription = new ClientSubscription(topicFilters, handler, this);
      this.subscriptions.add(subscription); // before the SUBACK: messages may come first (3.8.4)
      const exchange = this.session.subscribe(requested, (error, returnCodes = []) => {
        if (error !== undefined) return reject(error);
        subscription.grantedQos = returnCodes as QoS[];
        const isRefused = (_: string, i: number) => returnCodes[i] === 0x80;
        const refused = topicFilters.filter(isRefused);
        if (refused.length === 0) return resolve(subscription);
        void this.drop(
          subscription,
          topicFilters.filter((filter) => !refused.includes(filter)),
        );
        reject(new SubscriptionRefusedError(refused));
      });
      return () => {
        const isUnsent = this.session.cancel(exchange);
        // another subscription may have left its filter to this one
        void this.drop(
          subscription,
          topicFilters.filter((filter) => !isUnsent || this.session.isSubscribed(filter)),
        );
      };
    });
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    this.listeners[event].add(listener);
    return () => void this.listeners[event].delete(listener);
  }

  wake(): void {
    if (this.state === 'online') this.link?.probe();
    if (this.state === 'waiting') this.attempt();
  }

  close(): Promise<void> {
    if (this.closing !== undefined) return this.closing;
    const link = this.link;
    const wasOnline = this.state === 'online';
    const error = new ConnectionLostError('client-closed', 'the client was closed');
    this.closing = new Promise((resolve) => (this.closed = resolve));
    this.finish(error); // first, so that nothing comes behind DISCONNECT
    this.timer = this.clock.setTimeout(() => {
      link?.fail(error);
      this.resolveClosing();
    }, CLOSE_TIMEOUT);
    if (wasOnline) link?.send(disconnect());
    if (wasOnline) link?.close(error);
    else if (link !== undefined) link.fail(error);
    else this.closeStore();
    return this.closing;
  }

  // who opens the store again finds in it all that was accepted
  private closeStore(): void {
    const kept = this.journal?.commit();
    if (kept === undefined) this.resolveClosing();
    else void kept.then(() => this.resolveClosing());
  }

  private resolveClosing(): void {
    this.clock.clearTimeout(this.timer);
    this.closed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---- connections

  start(): void {
    this.attempt();
  }

  /** The signal of `connect` fired. */
  giveUp(reason: Error): void {
    this.ready = undefined;
    this.finish(reason);
    this.link?.fail(reason);
  }

  private attempt(): void {
    this.clock.clearTimeout(this.timer);
    this.setState('connecting');
    if (this.state !== 'connecting') return; // a listener closed the client
    this.attempts += 1;
    const number = this.attempts;
    const { credentials, connectTimeout = 30_000 } = this.options;
    this.timer = this.clock.setTimeout(() => this.timeOut(connectTimeout), connectTimeout);
    const mustRestore = this.options.store !== undefined && !this.isRestored;
    if (credentials === undefined && !mustRestore) return this.open({});
    const isPresent = () => this.attempts === number && this.state === 'connecting';
    Promise.resolve({ number })
      .then(credentials ?? (() => ({})))
      .then(
        (renewed) => isPresent() && (mustRestore ? this.restore(renewed, isPresent) : this.open(renewed)),
        (error: Error) => isPresent() && this.lost(error),
      );
  }

  private async restore(renewed: Credentials, isPresent: () => boolean): Promise<void> {
    try {
      const records = await this.options.store!.load(this.connectPacket(renewed).clientId);
      if (!isPresent()) return;
      this.session.restore(records, (error) => error !== undefined && this.end === undefined && this.report(error));
      this.isRestored = true;
    } catch (error) {
      return this.finish(error as Error);
    }
    this.open(renewed);
  }

  private storeFailed(error: Error): void {
    this.journal = undefined;
    this.finish(error);
    this.link?.fail(error);
    this.resolveClosing();
  }

  private timeOut(milliseconds: number): void {
    const error = new ConnectionLostError('connect-timeout', `no CONNACK within ${milliseconds} ms`);
    if (this.link !== undefined) this.link.fail(error);
    else this.lost(error);
  }

  private open(renewed: Credentials): void {
    try {
      const packet = this.connectPacket(renewed);
      encodedLength(packet); // an illegal one opens no connection
      this.link = this.openLink(packet);
    } catch (error) {
      this.finish(error as Error); // it would fail in the same way every time
    }
  }

  private openLink(packet: ConnectPacket): Link {
    const { url, transport, maxPacketSize, maxFrameSize } = this.options;
    if (transport === undefined) throw new TypeError('options.transport is required: no WebSocket is known here');
    let isAccepted = false;
    const link: Link = new Link(
      { url, transport, maxPacketSize, maxFrameSize, clock: this.clock, kept: () => this.journal?.commit() },
      {
        opened: () => {
          this.unanswered += 1;
          link.send(packet);
        },
        sent: (sent) => this.emit('packet', 'sent', withoutPassword(sent)),
        received: (received) => {
          this.emit('packet', 'received', received);
          if (this.state === 'closed') return; // by a listener
          if (isAccepted) return this.received(received);
          isAccepted = true;
          this.accept(link, packet, received as ConnackPacket);
        },
        ended: (error) => this.lost(error),
      },
    );
    return link;
  }

  private connectPacket(renewed: Credentials): ConnectPacket {
    const { will, cleanSession, keepAlive } = this.options;
    const { clientId = '', username, password } = { ...this.options, ...renewed };
    return connectPacket({
      clientId,
      cleanSession: cleanSession ?? true,
      keepAlive: keepAlive ?? 60,
      username,
      password: password === undefined ? undefined : toBytes(password, 'password'),
      will: will && {
        topic: will.topic,
        payload: toBytes(will.payload, 'will payload'),
        qos: will.qos ?? 0,
        retain: will.retain ?? false,
      },
    });
  }

  private accept(link: Link, { cleanSession, keepAlive }: ConnectPacket, packet: ConnackPacket): void {
    this.unanswered -= 1;
    if (packet.returnCode !== 0) return link.fail(new ConnectionRefusedError(packet.returnCode));
    if (packet.sessionPresent && cleanSession)
      throw new ProtocolError('MQTT-3.2.2-1', 'the broker kept a session that was to be clean');
    this.clock.clearTimeout(this.timer);
    this.onlineSince = this.clock.now();
    link.startKeepAlive(keepAlive);
    this.setState('online');
    this.session.connected(packet.sessionPresent, this.unanswered > 0);
    this.unanswered = 0;
    if (this.ready === undefined) return;
    link.hold(); // a resumed session's messages find the routes that are made when connect() resolves
    this.ready.resolve();
    this.ready = undefined;
  }

  private received(packet: Packet): void {
    if (packet.type === PacketType.PINGRESP) return; // its bytes were the sign of life
    if (packet.type === PacketType.CONNACK) throw new ProtocolError('MQTT-3.2.0-1', 'a second CONNACK');
    this.session.receive(packet);
  }

  /** The connection is over, or the attempt has failed. */
  private lost(error: Error): void {
    this.link = undefined;
    this.session.disconnected();
    if (this.state === 'closed') return this.closing && this.closeStore();
    this.clock.clearTimeout(this.timer);
    const { reconnect = {}, credentials } = this.options;
    const isFinalRefusal = error instanceof ConnectionRefusedError && error.returnCode !== 3; // 3: server unavailable
    if (reconnect === false || (this.ready !== undefined && !reconnect.initial)) return this.finish(error);
    if (isFinalRefusal && credentials === undefined) return this.finish(error);
    const cause = this.judgeLifetime(error, reconnect.minDelay ?? 1_000);
    this.wait(cause, reconnect);
    this.report(cause);
  }

  // a connection that lasted ends the growth of the delays; one that never does may be taken over again and again
  private judgeLifetime(error: Error, minDelay: number): Error {
    const isShort = this.clock.now() - this.onlineSince < STABLE * minDelay;
    if (this.state !== 'online') return error;
    if (!isShort) this.failures = 0;
    const isTakenOver = isShort && error instanceof ConnectionLostError && error.reason === 'closed';
    this.takeOvers = isTakenOver ? this.takeOvers + 1 : 0;
    if (this.takeOvers < TAKE_OVERS) return error;
    const message = `${error.message}, ${this.takeOvers} times in a row soon after it was accepted: is another client using the same clientId [MQTT-3.1.4-2]?`;
    return new ConnectionLostError('closed', message, { cause: error });
  }

  private wait(cause: Error, { minDelay = 1_000, maxDelay = 60_000 }: { minDelay?: number; maxDelay?: number }): void {
    this.failures += 1;
    const longest = Math.max(minDelay, Math.min(maxDelay, minDelay * 2 ** this.failures));
    const delay = minDelay + this.clock.random() * (longest - minDelay);
    this.timer = this.clock.setTimeout(() => this.attempt(), delay);
    this.setState('waiting', cause);
  }

  /** No more connections: everything settles. */
  private finish(error: Error): void {
    if (this.state === 'closed') return;
    this.clock.clearTimeout(this.timer);
    this.end = error;
    this.setState('closed', error);
    this.session.end(error);
    const isWanted = error instanceof ConnectionLostError && error.reason === 'client-closed';
    for (const subscription of this.subscriptions) subscription.finish(isWanted ? undefined : error);
    this.subscriptions.clear();
    if (this.ready !== undefined) this.ready.reject(error);
    else if (!isWanted) this.report(error);
    this.ready = undefined;
  }

  // ---- messages

  /** The subscription wants no more messages: `topicFilters` are those the broker may know. */
  drop(subscription: ClientSubscription, topicFilters: readonly string[] = subscription.topicFilters): Promise<void> {
    if (!this.subscriptions.delete(subscription)) return Promise.resolve();
    subscription.finish();
    const others = [...this.subscriptions];
    const unheld = topicFilters.filter((filter) => !others.some((other) => other.topicFilters.includes(filter)));
    if (unheld.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.session.unsubscribe(unheld, () => resolve()));
  }

  private deliver(packet: PublishPacket, receipt: Receipt): void {
    const message = messageOf(packet);
    const takers = [...this.subscriptions].filter(({ topicFilters }) =>
      topicFilters.some((topicFilter) => matches(topicFilter, packet.topic)),
    );
    let left = takers.length;
    let hasFailed = false;
    if (left === 0) {
      this.emit('message', message);
      return this.session.accept(receipt); // also what is ignored is acknowledged [MQTT-4.5.0-2]
    }
    const done = (failure?: { readonly error: unknown }) => {
      if (failure !== undefined) {
        hasFailed = true;
        this.report(failure.error);
      }
      left -= 1;
      if (left > 0) return;
      if (hasFailed) this.session.reject(receipt);
      else this.session.accept(receipt);
    };
    for (const taker of takers) taker.take({ message, done });
  }

  // ---- events

  report(error: unknown): void {
    this.emit('error', error as Error);
  }

  private setState(state: ClientState, cause?: Error): void {
    this.state = state;
    this.emit('state', state, cause);
  }

  private emit<E extends keyof ClientEvents>(event: E, ...args: Parameters<ClientEvents[E]>): void {
    for (const listener of [...this.listeners[event]]) {
      try {
        (listener as (...args: Parameters<ClientEvents[E]>) => void)(...args);
      } catch (error) {
        if (event !== 'error') this.report(error);
        else void Promise.reject(error); // nobody is left to tell but the platform
      }
    }
  }

  private checkNotClosed(): void {
    if (this.end !== undefined) throw this.end;
  }
}

function withoutPassword(packet: Packet): Packet {
  if (packet.type !== PacketType.CONNECT || packet.password === undefined) return packet;
  return { ...packet, password: new Uint8Array(0) };
}
