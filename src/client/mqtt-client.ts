// The client: one session, over as many connections as it takes.
import type { Packet, PublishPacket } from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import { CONNACK, CONNECT, PINGRESP, PUBLISH } from '../codec/packets/packet.ts';
import { type Clock, restart } from '../connection/clock.ts';
import { CLOSE_TIMEOUT, type Connection, type ConnectionOwner } from '../connection/connection.ts';
import { ConnectionLostError } from '../connection/error.ts';
import { Queue } from '../session/queue.ts';
import { MAX_PACKET_ID } from '../session/sender.ts';
import { createSession, type Receipt, type Session, type SessionEffects } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';
import { attempt, checkConnack } from './attempt.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { checkEvent, checkOptions } from './check.ts';
import type { Client } from './client.ts';
import { platformClock } from './clock.ts';
import { ConnectionRefusedError, SubscriptionRefusedError } from './error.ts';
import { type ClientEvents, emit, type Listeners, listen, NOBODY } from './events.ts';
import { DRAIN, drain, leave, whenOnline } from './leave.ts';
import { type ClientState, LIFE_CYCLE, type LifeCycleEvent } from './life-cycle.ts';
import type { OptionsWithUrl, Platform, PublishOptions, SubscribeOptions, TopicFilters } from './options.ts';
import * as request from './request.ts';
import { Router, type RouterOwner } from './router.ts';
import type { MessageHandler, Subscription } from './subscription.ts';
import { Suspicion } from './suspicion.ts';

export class MqttClient implements Client, ConnectionOwner, RouterOwner, SessionEffects {
  readonly options: OptionsWithUrl;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly session: Session;
  readonly ready: Promise<void>;
  connection: Connection | undefined;
  listeners: Listeners = NOBODY;
  attempts = 0; // so far
  loading: { readonly clientId: string; readonly records: ReturnType<SessionStore['load']> } | undefined; // from the store
  isRestored = false; // the session has what an earlier process kept
  sessionPresent = false; // in the latest CONNACK
  lastError: Error | undefined; // why there is no connection, or was none before
  failure: Error | undefined; // why the client is closed
  private current: ClientState = 'waiting'; // for the first attempt, which is due at once
  private isOnlyOne: boolean; // no attempt follows one that fails
  router: Router | undefined; // once there was a subscription, or a message
  backoff: Backoff | undefined; // once a connection was lost
  readonly suspicion: Suspicion = new Suspicion(this);
  private timer: unknown; // of the attempt, of the wait for the next one, or of the closing
  private unanswered = 0; // CONNECTs in a row without a CONNACK: each may have begun a session
  private onlineSince = 0; // milliseconds, as the clock counts
  publishing = 0; // publishes that are not acknowledged, or wait for their turn
  readonly drains: Queue<() => void, () => void> = new Queue(); // that wait for what is under way
  closing: Promise<void> | undefined; // once close() was called
  left: () => void = () => {}; // called when a connection has ended that the client had left
  private closed: () => void = () => {}; // resolves `closing`

  /** @param isOnlyOne whether the first attempt is the only one, although a lost connection is followed by others */
  constructor(options: OptionsWithUrl, platform: Platform, isOnlyOne: boolean) {
    const { clock = platformClock, cleanSession = true, store, reconnect } = options;
    checkOptions(options);
    this.options = options;
    this.platform = platform;
    this.clock = clock;
    this.isOnlyOne = isOnlyOne || reconnect === false;
    // A session at the broker may be older than this client, which then must not seem to repeat one of its messages.
    const firstPacketId = cleanSession || store ? 1 : 1 + Math.floor(clock.random() * MAX_PACKET_ID);
    this.session = createSession(this, { ...options, firstPacketId });
    this.ready = whenOnline(this);
  }

  get state(): ClientState {
    return this.current;
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    checkEvent(event);
    const stop = listen(this, event, listener);
    if (event === 'unrouted') this.router?.listened();
    return stop;
  }

  // ---- the life cycle

  /** Something has happened: comes to the state to which the table leads, if to any. `cause`: why a connection is over. */
  change(event: LifeCycleEvent, cause?: Error): void {
    const state = LIFE_CYCLE[this.current][event];
    if (!state) return;
    this.current = state;
    this.lastError = cause ?? this.lastError;
    this.setTimer();
    if (state === 'closed') return this.end(cause!);
    if (state === 'waiting') this.setTimer(this.backoff!.delay(), () => this.change('due'));
    if (state === 'paused' || event === 'renew') this.gone()?.close(cause!);
    if (state === 'connecting') this.begin();
    if (state === 'online') this.onlineSince = this.clock.now();
    const { attempts, connection, unanswered } = this;
    if (state === 'online') connection!.accepted();
    emit(this, 'state', state, cause);
    if (event === 'lost') emit(this, 'error', cause!);
    this.drained();
    if (this.current !== state || this.attempts !== attempts) return; // a listener has changed it
    if (state === 'connecting') void attempt(this);
    if (state !== 'online') return;
    this.unanswered = 0;
    this.isOnlyOne = this.options.reconnect === false;
    this.router?.connected(this.sessionPresent && unanswered === 0);
    this.suspicion.connected(connection!);
    this.session.connected(this.sessionPresent, unanswered > 0);
    void connection!.hold();
  }

  /** Another attempt begins. */
  private begin(): void {
    const { connectTimeout = 30_000 } = this.options;
    this.attempts += 1;
    this.setTimer(connectTimeout, () => {
      const error = new ConnectionLostError('connect-timeout', `no CONNACK within ${connectTimeout} ms`);
      if (this.connection) this.connection.fail(error);
      else this.ended(error);
    });
  }

  /** The connection is not the client's any more. It may still have to end. */
  private gone(): Connection | undefined {
    const { connection } = this;
    this.connection = undefined;
    this.session.disconnected();
    this.router?.disconnected();
    return connection;
  }

  /** The one end of a client: everything settles, and there is no other connection. */
  private end(error: Error): void {
    const { closing, connection, session, publishing } = this;
    this.failure = error;
    emit(this, 'state', 'closed', error);
    session.end(error); // before DISCONNECT, so that nothing comes behind it
    this.router?.end(closing ? undefined : error);
    this.drained();
    if (closing && publishing > 0) {
      const message = `the client was closed with ${publishing} unacknowledged publishes`;
      emit(this, 'error', new ConnectionLostError('client-closed', message));
    }
    if (closing) return connection?.close(error);
    emit(this, 'error', error);
    connection?.fail(error);
  }

  private setTimer(milliseconds?: number, callback?: () => void): void {
    this.timer = restart(this.clock, this.timer, milliseconds, callback);
  }

  // ---- what the application says of the connection

  wake(): void {
    if (this.current === 'online') this.connection!.probe();
    this.change('woken');
  }

  reconnect(): Promise<void> {
    return leave(this, 'renew');
  }

  resume(): Promise<void> {
    if (this.current === 'online') return Promise.resolve();
    const online = whenOnline(this);
    this.change('resume');
    return online;
  }

  pause(): Promise<void> {
    return leave(this, 'pause');
  }

  close({ drain: milliseconds = DRAIN }: { drain?: number | undefined } = {}): Promise<void> {
    if (this.closing) return this.closing;
    const error = new ConnectionLostError('client-closed', 'the client was closed');
    this.closing = new Promise((resolve) => {
      this.closed = resolve;
    });
    this.router?.end(this.failure);
    drain(this, milliseconds, () => {
      this.change('close', error);
      this.setTimer(CLOSE_TIMEOUT, () => {
        this.connection?.fail(error);
        this.closed();
      });
      if (!this.connection) this.whenKept(() => this.finished());
    });
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private finished(): void {
    this.setTimer();
    this.closed();
  }

  drained(): void {
    for (const check of this.drains.values) check();
  }

  // ---- what a connection tells

  sent(packet: Packet): void {
    if (packet.type === CONNECT) this.unanswered += 1;
    else this.suspicion.sent(packet);
    const hasPassword = packet.type === CONNECT && packet.password;
    emit(this, 'packet', 'sent', hasPassword ? { ...packet, password: new Uint8Array(0) } : packet);
  }

  received(packet: Packet): void {
    emit(this, 'packet', 'received', packet);
    if (this.failure) return; // a listener has closed the client
    this.suspicion.received(packet);
    if (packet.type === PINGRESP) return; // its bytes were the sign of life
    if (packet.type === CONNACK) return this.answered(packet);
    if (packet.type === PUBLISH && this.drains.size > 0) return; // it is left to the session
    this.session.receive(packet);
    this.drained();
  }

  private answered(packet: Parameters<typeof checkConnack>[0]): void {
    const isSecond = this.current === 'online';
    if (isSecond && packet.returnCode === 0) throw new ProtocolError('MQTT-3.2.0-1', 'a second CONNACK');
    if (isSecond) throw new ConnectionRefusedError(packet.returnCode);
    this.unanswered -= 1;
    checkConnack(packet, this.options);
    this.sessionPresent = packet.sessionPresent;
    this.change('accepted');
  }

  /** A connection is over, or the attempt has failed before there was one. */
  ended(error: Error, connection: Connection | undefined = this.connection): void {
    const { options, clock } = this;
    if (connection !== this.connection) return this.left();
    const gone = this.gone();
    if (this.failure) return this.whenKept(() => this.finished()); // the next process finds all that was accepted
    const isRefused = error instanceof ConnectionRefusedError && error.returnCode !== 3; // 3: server unavailable
    if (this.isOnlyOne || (isRefused && !options.beforeConnect)) return this.change('failed', error);
    this.backoff ??= createBackoff(options, clock);
    if (this.current !== 'online') return this.change('lost', error);
    const refusal = this.suspicion.judge(error, gone!);
    const judged = this.backoff.judge(error, clock.now() - this.onlineSince);
    this.change('lost', refusal !== error || this.suspicion.ends > 0 ? refusal : judged);
  }

  whenKept(callback: () => void): void {
    const { store } = this.options;
    if (!store) return callback();
    store.whenKept(callback, (error) => {
      this.change('failed', error);
      this.connection?.fail(error); // also one that is closing
      this.finished();
    });
  }

  // ---- what the session asks for

  send(packet: Packet): void {
    this.connection?.send(packet);
  }

  deliver(packet: PublishPacket, receipt: Receipt): void {
    this.router ??= new Router(this);
    this.router.deliver(packet, receipt);
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

  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions, callback?: never): Promise<void> {
    return request.publish(this, topic, payload, options, callback);
  }

  subscribe(
    topicFilters: TopicFilters,
    options?: SubscribeOptions | MessageHandler,
    handler?: MessageHandler,
  ): Promise<Subscription> {
    return typeof options === 'function'
      ? request.subscribe(this, topicFilters, {}, options)
      : request.subscribe(this, topicFilters, options, handler);
  }

  unsubscribe(topicFilters: string | readonly string[]): Promise<void> {
    return request.unsubscribe(this, topicFilters);
  }
}
