// The client: one session, over as many connections as it takes.
import { encodedLength, type Packet, type PublishPacket, publish, subscribe } from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import { CONNACK, CONNECT, PINGRESP } from '../codec/packets/packet.ts';
import { type Clock, restart } from '../connection/clock.ts';
import type { Connection, ConnectionOwner } from '../connection/connection.ts';
import { ConnectionLostError } from '../connection/error.ts';
import { createSession, type Receipt, type Session, type SessionEffects } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';
import { settleOrAbort } from './abort.ts';
import { attempt, checkConnack } from './attempt.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import type { Client } from './client.ts';
import { platformClock } from './clock.ts';
import { ConnectionRefusedError, SubscriptionRefusedError } from './error.ts';
import { type ClientEvents, emit, type Listeners, listen, type Source } from './events.ts';
import { type ClientState, LIFE_CYCLE, type LifeCycleEvent } from './life-cycle.ts';
import { ReceivedMessage, toBytes } from './message.ts';
import type { OptionsWithUrl, PublishOptions, SubscribeOptions } from './options.ts';
import { Router } from './router.ts';
import type { MessageHandler, Subscription } from './subscription.ts';

/** The promise that `connect` has returned. */
interface Ready {
  resolve(client: Client): void;
  reject(error: Error): void;
}

const NOBODY: Listeners = [];

/** Milliseconds for the peer to answer the closing of the connection. */
const CLOSE_TIMEOUT = 5_000;

export class MqttClient implements Client, ConnectionOwner, SessionEffects, Source {
  readonly options: OptionsWithUrl;
  readonly clock: Clock;
  readonly session: Session;
  connection: Connection | undefined;
  listeners: Listeners = NOBODY;
  attempts = 0; // so far
  isRestored = false; // the session has what an earlier process kept
  failure: Error | undefined; // why the client is closed
  private current: ClientState = 'waiting'; // for the first attempt, which is due at once
  private ready: Ready | undefined; // until a connection is accepted
  private router: Router | undefined; // once there was a subscription
  private backoff: Backoff | undefined; // once a connection was lost
  private timer: unknown; // of the attempt, of the wait for the next one, or of the closing
  private unanswered = 0; // CONNECTs in a row without a CONNACK: each may have begun a session
  private sessionPresent = false; // in the latest CONNACK
  private onlineSince = 0; // milliseconds, as the clock counts
  private closing: Promise<void> | undefined; // once close() was called
  private resolve: (() => void) | undefined; // of `closing`

  constructor(options: OptionsWithUrl, ready: Ready) {
    this.options = options;
    this.ready = ready;
    this.clock = options.clock ?? platformClock;
    this.session = createSession(this, options);
  }

  get state(): ClientState {
    return this.current;
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    return listen(this, event, listener);
  }

  // ---- the life cycle

  /** Something has happened: comes to the state to which the table leads, if to any. `cause`: why a connection is over. */
  change(event: LifeCycleEvent, cause?: Error): void {
    const { clock, connection, ready, unanswered } = this;
    const { connectTimeout = 30_000 } = this.options;
    const state = LIFE_CYCLE[this.current][event];
    if (!state) return;
    this.current = state;
    this.setTimer();
    if (state === 'closed') return this.end(cause!);
    if (state === 'connecting') {
      this.attempts += 1;
      this.setTimer(connectTimeout, () => {
        const error = new ConnectionLostError('connect-timeout', `no CONNACK within ${connectTimeout} ms`);
        if (this.connection) this.connection.fail(error);
        else this.ended(error);
      });
    }
    if (state === 'waiting') this.setTimer(this.backoff!.delay(), () => this.change('due'));
    if (state === 'online') {
      this.onlineSince = clock.now();
      this.unanswered = 0;
      connection!.accepted();
    }
    emit(this, 'state', state, cause);
    if (cause) emit(this, 'error', cause);
    if (this.current !== state) return; // a listener has changed it
    if (state === 'connecting') void attempt(this);
    if (state !== 'online') return;
    this.session.connected(this.sessionPresent, unanswered > 0);
    if (!ready) return;
    this.ready = undefined;
    connection!.hold(); // the messages of a resumed session find the routes that are made when connect() resolves
    ready.resolve(this);
  }

  /** The one end of a client: everything settles, and there is no other connection. */
  private end(error: Error): void {
    const { closing, connection } = this;
    this.failure = error;
    emit(this, 'state', 'closed', error);
    this.session.end(error); // before DISCONNECT, so that nothing comes behind it
    this.router?.end(closing ? undefined : error);
    this.ready?.reject(error);
    if (closing) return connection?.close(error);
    emit(this, 'error', error);
    connection?.fail(error);
  }

  wake(): void {
    if (this.current === 'online') this.connection!.probe();
    this.change('woken');
  }

  close(): Promise<void> {
    if (this.closing) return this.closing;
    const error = new ConnectionLostError('client-closed', 'the client was closed');
    this.closing = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.change('close', error);
    this.setTimer(CLOSE_TIMEOUT, () => {
      this.connection?.fail(error);
      this.closed();
    });
    if (!this.connection) this.whenKept(() => this.closed());
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private closed(): void {
    this.setTimer();
    this.resolve?.();
  }

  private setTimer(milliseconds?: number, callback?: () => void): void {
    this.timer = restart(this.clock, this.timer, milliseconds, callback);
  }

  // ---- what a connection tells

  sent(packet: Packet): void {
    if (packet.type === CONNECT) this.unanswered += 1;
    const hasPassword = packet.type === CONNECT && packet.password;
    emit(this, 'packet', 'sent', hasPassword ? { ...packet, password: new Uint8Array(0) } : packet);
  }

  received(packet: Packet): void {
    emit(this, 'packet', 'received', packet);
    if (this.failure) return; // a listener has closed the client
    if (packet.type === PINGRESP) return; // its bytes were the sign of life
    if (packet.type !== CONNACK) return this.session.receive(packet);
    if (this.current === 'online') throw new ProtocolError('MQTT-3.2.0-1', 'a second CONNACK');
    this.unanswered -= 1;
    checkConnack(packet, this.options);
    this.sessionPresent = packet.sessionPresent;
    this.change('accepted');
  }

  /** The connection is over, or the attempt has failed before there was one. */
  ended(error: Error): void {
    const { options, clock, ready } = this;
    const { reconnect, credentials } = options;
    this.connection = undefined;
    this.session.disconnected();
    if (this.failure) return this.whenKept(() => this.closed()); // the next process finds all that was accepted
    const isRefused = error instanceof ConnectionRefusedError && error.returnCode !== 3; // 3: server unavailable
    const isOnlyOne = reconnect === false || (ready && !reconnect?.initial);
    if (isOnlyOne || (isRefused && !credentials)) return this.change('failed', error);
    this.backoff ??= createBackoff(options, clock);
    const wasOnline = this.current === 'online';
    this.change('lost', wasOnline ? this.backoff.judge(error, clock.now() - this.onlineSince) : error);
  }

  whenKept(callback: () => void): void {
    const { store } = this.options;
    if (!store) return callback();
    store.whenKept(callback, (error) => {
      this.change('failed', error);
      this.connection?.fail(error); // also one that is closing
      this.closed();
    });
  }

  // ---- what the session asks for

  send(packet: Packet): void {
    this.connection?.send(packet);
  }

  deliver(packet: PublishPacket, receipt: Receipt): void {
    const message = new ReceivedMessage(packet);
    if (this.router?.deliver(message, receipt)) return;
    emit(this, 'message', message);
    this.session.accept(receipt); // also what is ignored is acknowledged [MQTT-4.5.0-2]
  }

  restoreFailed(topicFilter: string): void {
    emit(this, 'error', new SubscriptionRefusedError([topicFilter]));
  }

  keep(...change: Parameters<SessionStore['keep']>): void {
    const { store } = this.options;
    if (!store) return;
    store.keep(...change);
    this.whenKept(() => {}); // but it may fail
  }

  // ---- messages

  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    const { qos = 0, retain = false, signal } = options;
    const build = () => publish({ topic, payload: toBytes(payload, 'payload'), qos, retain });
    if (qos === 0 && this.current === 'online' && !signal) {
      try {
        this.connection!.send(build());
        return this.connection!.taken(); // one promise for all publishes of this turn, since promises are what takes time
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return settleOrAbort(signal, (resolve, reject) => {
      const message = build();
      this.check({ ...message, packetId: qos });
      const exchange = this.session.publish(message, (error) => {
        if (error) reject(error);
        else if (qos === 0) this.connection!.taken().then(resolve, reject);
        else resolve();
      });
      return () => this.session.cancel(exchange);
    });
  }

  subscribe(
    topicFilter: string | readonly string[],
    { qos = 0, signal }: SubscribeOptions = {},
    handler?: MessageHandler,
  ): Promise<Subscription> {
    return settleOrAbort(signal, (resolve, reject) => {
      const topicFilters = typeof topicFilter === 'string' ? [topicFilter] : topicFilter;
      const subscriptions = topicFilters.map((each) => ({ topicFilter: each, qos }));
      this.check(subscribe({ packetId: 1, subscriptions }));
      this.router ??= new Router(this.session, this);
      return this.router.subscribe(subscriptions, handler, resolve, reject);
    });
  }

  /** Throws unless this packet can be sent, under any identifier, and the client is not closed. */
  private check(packet: Packet): void {
    encodedLength(packet);
    if (this.failure) throw this.failure;
  }
}
