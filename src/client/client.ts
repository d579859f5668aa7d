// The client: one session, over as many connections as it takes.

import {
  type ConnackPacket,
  type ConnectPacket,
  connect as connectPacket,
  encodedLength,
  type Packet,
  type PublishPacket,
  publish,
  type QoS,
  subscribe as subscribePacket,
} from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import { CONNACK, CONNECT, PINGRESP } from '../codec/packets/packet.ts';
import { platformClock, restart } from '../connection/clock.ts';
import { Link } from '../connection/connection.ts';
import { ConnectionLostError } from '../connection/error.ts';
import type { TransportFactory } from '../connection/transport.ts';
import { createSession, type Receipt } from '../session/session.ts';
import { settleOrAbort } from './abort.ts';
import type { Client, ClientState, ConnectOptions, Credentials, PublishOptions, SubscribeOptions } from './api.ts';
import { createBackoff } from './backoff.ts';
import { ConnectionRefusedError, SubscriptionRefusedError } from './error.ts';
import { createListeners } from './listeners.ts';
import { messageOf, toBytes } from './message.ts';
import { type ClientSubscription, createSubscription, type MessageHandler, type Subscription } from './subscription.ts';
import { createFilters, type Filters } from './topic-tree.ts';

export type { Packet, QoS } from '../codec/codec.ts';
export { type Clause, PacketTooLargeError, ProtocolError } from '../codec/error.ts';
export type { Clock } from '../connection/clock.ts';
export { ConnectionLostError, type ConnectionLostReason } from '../connection/error.ts';
export type { Transport, TransportEvents, TransportFactory } from '../connection/transport.ts';
export { QueueFullError } from '../session/error.ts';
export type { SessionRecord } from '../session/session.ts';
export type { SessionStore } from '../session/store.ts';
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
export { ConnectionRefusedError, MessagesDroppedError, SubscriptionRefusedError } from './error.ts';
export type { Message } from './message.ts';
export type { MessageHandler, Subscription } from './subscription.ts';

/** Milliseconds for the peer to answer the closing of the connection. */
const CLOSE_TIMEOUT = 5_000;

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
  return settleOrAbort(options.signal, (resolve, reject) => startClient(options, resolve, reject));
}

/** Starts a client, which settles when its first connection is accepted or all is over. Returns the way to give up. */
function startClient(
  options: ConnectOptions & { url: string },
  resolve: (client: Client) => void,
  reject: (error: Error) => void,
): (reason: Error) => void {
  const { clock = platformClock, store, credentials, connectTimeout = 30_000, reconnect = {} } = options;
  const { on, emit } = createListeners();
  const subscriptions = new Set<ClientSubscription>();
  const backoff = createBackoff(reconnect || {}, clock);
  const whenKept = (callback: () => void) => (store ? store.whenKept(callback, storeFailed) : callback());
  const session = createSession(
    {
      send: (packet) => link?.send(packet),
      deliver,
      restoreFailed: (topicFilter) => report(new SubscriptionRefusedError([topicFilter])),
      keep:
        store &&
        ((owner, record) => {
          store.keep(owner, record);
          whenKept(() => {}); // but it may fail
        }),
    },
    options,
  );
  let filters: Filters<ClientSubscription> | undefined; // of the subscriptions, once there was one
  let link: Link | undefined;
  let isReady = false; // a connection was accepted: connect() has resolved
  let isRestored = store === undefined; // the session has what an earlier process kept
  let attempts = 0;
  let onlineSince = 0;
  let unanswered = 0; // CONNECTs in a row without a CONNACK: each may have begun a session that nobody told of
  let end: Error | undefined; // why the client is closed
  let closing: Promise<void> | undefined;
  let closed: (() => void) | undefined;
  let handle: unknown; // of the timer of the attempt, of the wait for the next one, or of the closing

  function timer(milliseconds?: number, callback?: () => void): void {
    handle = restart(clock, handle, milliseconds, callback);
  }

  // ---- connections

  function attempt(): void {
    attempts += 1;
    const number = attempts;
    timer(connectTimeout, () =>
      fail(new ConnectionLostError('connect-timeout', `no CONNACK within ${connectTimeout} ms`)),
    );
    setState('connecting');
    const inTime =
      <T>(act: (value: T) => void) =>
      (value: T) => {
        if (attempts !== number || client.state !== 'connecting') return;
        try {
          act(value);
        } catch (error) {
          finish(error as Error); // it would fail in the same way every time
        }
      };
    const prepare = inTime((renewed: Credentials) => {
      const packet = connectPacketOf(renewed);
      encodedLength(packet); // an illegal one opens no connection
      if (isRestored) return open(packet);
      const restore = inTime((records: Parameters<typeof session.restore>[0]) => {
        session.restore(records, (error) => error && !end && report(error));
        isRestored = true;
        open(packet);
      });
      store!.load(packet.clientId).then(restore, finish);
    });
    if (credentials) Promise.resolve({ number }).then(credentials).then(prepare, inTime(lost));
    else prepare({});
  }

  function open(packet: ConnectPacket): void {
    link = new Link(options, packet, clock, {
      sent(sent) {
        if (sent.type === CONNECT) unanswered += 1;
        emit('packet', 'sent', withoutPassword(sent));
      },
      received(received) {
        emit('packet', 'received', received);
        if (end) return; // by a listener
        if (client.state !== 'online') return accept(link!, packet, received as ConnackPacket);
        if (received.type === CONNACK) throw new ProtocolError('MQTT-3.2.0-1', 'a second CONNACK');
        if (received.type !== PINGRESP) session.receive(received); // its bytes were the sign of life
      },
      ended: lost,
      whenKept,
    });
  }

  function connectPacketOf(renewed: Credentials): ConnectPacket {
    const { clientId = '', cleanSession = true, keepAlive = 60, username, password, will } = { ...options, ...renewed };
    return connectPacket({
      clientId,
      cleanSession,
      keepAlive,
      username,
      password: toBytes(password, 'password'),
      will: will && { qos: 0, retain: false, ...will, payload: toBytes(will.payload, 'will payload') },
    });
  }

  function accept(link: Link, { cleanSession }: ConnectPacket, answer: ConnackPacket): void {
    const { returnCode, sessionPresent } = answer;
    unanswered -= 1;
    if (returnCode !== 0) return link.fail(new ConnectionRefusedError(returnCode));
    if (sessionPresent && cleanSession)
      throw new ProtocolError('MQTT-3.2.2-1', 'the broker kept a session that was to be clean');
    timer();
    onlineSince = clock.now();
    link.accepted();
    setState('online');
    session.connected(sessionPresent, unanswered > 0);
    unanswered = 0;
    if (isReady) return;
    isReady = true;
    link.hold(); // a resumed session's messages find the routes that are made when connect() resolves
    resolve(client);
  }

  function fail(error: Error): void {
    if (link) link.fail(error);
    else lost(error);
  }

  /** The connection is over, or the attempt has failed. */
  function lost(error: Error): void {
    link = undefined;
    session.disconnected();
    // who opens the store again finds in it all that was accepted
    if (end) return closing && whenKept(resolveClosing);
    const isFinal = error instanceof ConnectionRefusedError && error.returnCode !== 3; // 3: server unavailable
    if (reconnect === false || (isFinal && !credentials) || !(isReady || reconnect.initial)) return finish(error);
    const cause = client.state === 'online' ? backoff.judge(error, clock.now() - onlineSince) : error;
    timer(backoff.delay(), attempt);
    setState('waiting', cause);
    report(cause);
  }

  // ---- the end

  /** No more connections: everything settles. */
  function finish(error: Error): void {
    if (end) return;
    end = error;
    timer();
    setState('closed', error);
    session.end(error);
    for (const subscription of subscriptions) subscription.finish(closing ? undefined : error);
    subscriptions.clear();
    reject(error);
    if (!closing) report(error);
  }

  function close(): Promise<void> {
    if (closing) return closing;
    const wasOnline = client.state === 'online';
    const error = new ConnectionLostError('client-closed', 'the client was closed');
    closing = new Promise((settle) => {
      closed = settle;
    });
    finish(error); // first, so that nothing comes behind DISCONNECT
    timer(CLOSE_TIMEOUT, () => {
      fail(error);
      resolveClosing();
    });
    if (wasOnline) link?.close(error);
    else fail(error);
    return closing;
  }

  function resolveClosing(): void {
    timer();
    closed?.();
  }

  function giveUp(reason: Error): void {
    finish(reason);
    link?.fail(reason);
  }

  function storeFailed(error: Error): void {
    giveUp(error);
    resolveClosing();
  }

  // ---- messages

  function publishMessage(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    const { qos = 0, retain = false, signal } = options;
    const build = () => publish({ topic, payload: toBytes(payload, 'payload'), qos, retain });
    if (qos === 0 && client.state === 'online' && !signal) {
      try {
        link!.send(build());
        return link!.taken(); // one promise for all of this turn (measured)
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return settleOrAbort(signal, (resolve, reject) => {
      const message = build();
      encodedLength({ ...message, packetId: qos }); // refuses what can never be sent, under any identifier
      if (end) throw end;
      const exchange = session.publish(message, (error) => {
        if (error) reject(error);
        else if (qos === 0) link!.taken().then(resolve, reject);
        else resolve();
      });
      return () => session.cancel(exchange);
    });
  }

  function subscribe(
    topicFilter: string | readonly string[],
    { qos = 0, signal }: SubscribeOptions = {},
    handler?: MessageHandler,
  ): Promise<Subscription> {
    return settleOrAbort(signal, (resolve, reject) => {
      const topicFilters = typeof topicFilter === 'string' ? [topicFilter] : [...topicFilter];
      const requested = topicFilters.map((filter) => ({ topicFilter: filter, qos }));
      encodedLength(subscribePacket({ packetId: 1, subscriptions: requested })); // refuses what can never be sent
      if (end) throw end;
      const subscription = createSubscription(topicFilters, handler, { drop, report });
      filters ??= createFilters();
      for (const filter of topicFilters) filters.add(filter, subscription);
      subscriptions.add(subscription); // before the SUBACK: messages may come first (3.8.4)
      const exchange = session.subscribe(requested, (error, returnCodes = []) => {
        if (error) return reject(error);
        subscription.grantedQos = returnCodes as QoS[];
        const refused = topicFilters.filter((_, i) => returnCodes[i] === 0x80);
        if (refused.length === 0) return resolve(subscription);
        void drop(subscription);
        reject(new SubscriptionRefusedError(refused));
      });
      return () => {
        session.cancel(exchange);
        void drop(subscription);
      };
    });
  }

  /** The subscription wants no more messages: the broker is told of filters that it knows and nobody else wants. */
  function drop(subscription: ClientSubscription): Promise<void> {
    if (!subscriptions.delete(subscription)) return Promise.resolve();
    subscription.finish();
    const unheld = [...new Set(subscription.topicFilters)].filter(
      (filter) => filters!.delete(filter, subscription) && session.isSubscribed(filter),
    );
    if (unheld.length === 0) return Promise.resolve();
    return new Promise((resolve) => session.unsubscribe(unheld, () => resolve()));
  }

  function deliver(packet: PublishPacket, receipt: Receipt): void {
    const message = messageOf(packet);
    const takers = filters?.find(packet.topic) ?? [];
    let left = takers.length;
    let hasFailed = false;
    if (left === 0) {
      emit('message', message);
      return session.accept(receipt); // also what is ignored is acknowledged [MQTT-4.5.0-2]
    }
    const done = (failure?: { readonly error: unknown }) => {
      if (failure) {
        hasFailed = true;
        report(failure.error as Error);
      }
      left -= 1;
      if (left > 0) return;
      if (hasFailed) session.reject(receipt);
      else session.accept(receipt);
    };
    for (const taker of takers) taker.take({ message, done });
  }

  // ---- events

  function report(error: Error): void {
    emit('error', error);
  }

  function setState(next: ClientState, cause?: Error): void {
    client.state = next;
    emit('state', next, cause);
  }

  const client: Client & { state: ClientState } = {
    state: 'connecting', // a getter here would make each client's object a dictionary, of half a kilobyte (measured)
    publish: publishMessage,
    subscribe,
    on,
    wake() {
      if (client.state === 'online') link!.probe();
      if (client.state === 'waiting') attempt();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  attempt();
  return giveUp;
}

function withoutPassword(packet: Packet): Packet {
  if (packet.type !== CONNECT || packet.password === undefined) return packet;
  return { ...packet, password: new Uint8Array(0) };
}
