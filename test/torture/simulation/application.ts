// A process: one client, and what an application does with it.
import {
  type AbortSignalLike,
  type Client,
  connect,
  type Message,
  type Subscription,
} from '../../../src/client/client.ts';
import { CLIENT_ID } from './broker.ts';
import { numberOf, type Outbound, payloadOf } from './ledger.ts';
import type { Action } from './plan.ts';
import type { World } from './simulate.ts';
import { ProcessClock } from './time.ts';

export class Signal implements AbortSignalLike {
  aborted = false;
  readonly reason = new Error('given up');
  readonly listeners = new Set<() => void>();

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }

  fire(): void {
    this.aborted = true;
    for (const listener of [...this.listeners]) listener();
  }
}

type Kind<K extends Action['kind']> = Action & { readonly kind: K };

export class Application {
  isAlive = true;
  client: Client | undefined;
  /** Promises that have not settled. */
  pending = 0;
  /** Loops over messages that go on. */
  loops = 0;
  /** Filters that are subscribed to, beside `in/#`. */
  readonly held = new Map<Subscription, readonly string[]>();
  readonly clock: ProcessClock;
  private readonly number: number;
  private readonly world: World;
  private readonly signals: Signal[] = [];
  private readonly givingUp = new Signal();
  private isClosing = false;
  private readonly waiting: (() => void)[] = []; // for the client

  constructor(world: World, number: number) {
    this.world = world;
    this.number = number;
    this.clock = new ProcessClock(world.time, world.chanceOf(number), () => world.witness.touched());
    this.signals.push(this.givingUp);
    const { setting } = world.plan;
    const store = setting.durable ? { store: world.memory.open() } : {};
    const connecting = connect('ws://broker.test/mqtt', {
      clientId: CLIENT_ID,
      cleanSession: setting.cleanSession,
      keepAlive: setting.keepAlive,
      ...(setting.maxInflight === undefined ? {} : { maxInflight: setting.maxInflight }),
      maxQueued: setting.maxQueued,
      reconnect: { initial: true, minDelay: setting.minDelay, maxDelay: 8 * setting.minDelay },
      signal: this.givingUp,
      clock: this.clock,
      transport: (_url, events) => world.connection(this, events),
      ...store,
    });
    this.track(
      connecting,
      (client) => this.start(client),
      (error) => this.isClosing && error === this.givingUp.reason,
    );
  }

  /** Does it now, or as soon as there is a client. */
  obey(action: Action): void {
    if (this.client === undefined) this.waiting.push(() => this.obey(action));
    else if (action.kind === 'publish') this.publish(this.client, action);
    else if (action.kind === 'subscribe') this.subscribe(this.client, action);
    else if (action.kind === 'unsubscribe') this.unsubscribe(action);
    else this.client.wake();
  }

  /** Closes the client, or gives up connecting. */
  close(then: () => void): void {
    this.isClosing = true;
    this.waiting.length = 0;
    const { witness, time } = this.world;
    witness.isLeaving = true;
    const begun = time.now;
    const closed = () => {
      witness.note('closed');
      witness.must(time.now - begun <= 10_000, 'g', () => `close() takes ${time.now - begun} ms`);
      // what was settled in the same turn gets its turn
      time.schedule(0, () => {
        this.checkNothingLeft();
        then();
      });
    };
    if (this.client === undefined) this.givingUp.fire();
    if (this.client === undefined) {
      this.world.memory.kill(true); // there is nothing that it could have promised
      return closed();
    }
    this.track(this.client.close(), closed, () => false);
    this.client.close().then(() => witness.must(this.client?.state === 'closed', 'g', () => 'closed is not closed'));
  }

  /** The process dies. */
  die(): void {
    this.isAlive = false;
    this.clock.stop();
  }

  private checkNothingLeft(): void {
    const { witness } = this.world;
    const must = (rule: boolean, what: string) => witness.must(rule, 'j', () => `after close there is still ${what}`);
    witness.must(this.pending === 0, 'g', () => `${this.pending} promises have not settled after close`);
    must(this.clock.timers.size === 0, 'a timer');
    must(
      this.signals.every(({ listeners }) => listeners.size === 0),
      'a listener on a signal',
    );
    must(
      this.world.connections.every((connection) => connection.isOver),
      'a connection',
    );
  }

  private start(client: Client): void {
    this.client = client;
    client.on('unrouted', this.once());
    const { payloads } = this.world;
    if (payloads !== undefined)
      client.on('packet', (_, packet) => 'payload' in packet && payloads.push(new WeakRef(packet.payload)));
    client.on('error', (error) => this.world.witness.note(`error ${error.name}`));
    client.on('state', (state) => this.world.witness.note(state));
    const { consumer } = this.world.plan.setting;
    const handler = consumer === 'sync' ? this.processNow : consumer === 'async' ? this.processLater : undefined;
    const subscribing = client.subscribe('in/#', { qos: 2, acknowledge: 'on-success' }, handler);
    const isEnded = () => this.isClosing;
    this.track(subscribing, (subscription) => handler === undefined && void this.loop(subscription), isEnded);
    for (const act of this.waiting.splice(0)) act();
  }

  // ---- messages out

  private publish(client: Client, { number, qos, size, abortAfter }: Kind<'publish'>): void {
    const { witness, ledger } = this.world;
    const payload = payloadOf(number, size);
    const message: Outbound = {
      number,
      qos,
      size: payload.length,
      process: this.number,
      fate: 'pending',
      isStored: false,
      isSent: false,
      passedOnIn: [],
    };
    ledger.outbound.set(number, message);
    this.world.payloads?.push(new WeakRef(payload));
    ledger.newest = number;
    const signal = this.signalAfter(abortAfter);
    const publishing = client.publish(`out/${number % 3}`, payload, { qos, retain: number % 7 === 0, signal });
    this.track(
      publishing,
      () => {
        message.fate = 'fulfilled';
        const hasArrived = qos === 0 ? message.isSent : message.passedOnIn.length > 0 && witness.isAcknowledged(number);
        witness.must(hasArrived, 'a', () => `QoS ${qos} message ${number} is fulfilled and nobody has it`);
      },
      (error) => {
        message.fate = 'rejected';
        if (this.isClosing || error === signal?.reason || error.name === 'QueueFullError') return true;
        return qos === 0 ? error.name === 'ConnectionLostError' : witness.lostAfterPubrec.has(number);
      },
    );
  }

  // ---- messages in

  private subscribe(client: Client, { filters, abortAfter }: Kind<'subscribe'>): void {
    const signal = this.signalAfter(abortAfter);
    const isRefused = filters.some((filter) => filter.startsWith('refused/'));
    this.track(
      client.subscribe(filters, { qos: 2, signal, acknowledge: 'on-success' }, this.once()),
      (subscription) => {
        this.world.witness.must(!isRefused, 'g', () => 'a subscription is fulfilled that was refused');
        this.held.set(subscription, filters);
      },
      (error) => this.isClosing || error === signal?.reason || (isRefused && error.name === 'SubscriptionRefusedError'),
    );
  }

  private unsubscribe({ which }: Kind<'unsubscribe'>): void {
    const subscription = [...this.held.keys()][which];
    if (subscription === undefined) return;
    this.held.delete(subscription);
    this.track(
      subscription.unsubscribe(),
      () => {},
      () => false,
    );
  }

  private note({ topic, payload, qos }: Message) {
    if (!this.isAlive) return undefined;
    return this.world.witness.delivered(numberOf(payload), topic, qos);
  }

  // one of several subscriptions to the same, each of which gets the message
  private once(): (message: Message) => void {
    const seen = new Set<number>();
    return ({ payload, topic, qos }) => {
      const number = numberOf(payload) ?? 0;
      const isNew = qos === 1 || !seen.has(number);
      this.world.witness.must(isNew, 'b', () => `message ${number} to ${topic} comes twice to one subscription`);
      seen.add(number);
    };
  }

  private readonly processNow = (message: Message): void => {
    const inbound = this.note(message);
    if (inbound === undefined) return;
    if (inbound.failures === 0) {
      inbound.processed += 1;
      return;
    }
    inbound.failures -= 1;
    inbound.failed += 1;
    throw new Error('the handler failed');
  };

  private readonly processLater = async (message: Message): Promise<void> => {
    const inbound = this.note(message);
    if (this.world.chance.chance(0.7)) await this.pause(this.world.chance.below(30));
    if (inbound === undefined) return;
    if (inbound.failures > 0) {
      inbound.failures -= 1;
      inbound.failed += 1;
      throw new Error('the handler failed');
    }
    inbound.processed += 1;
  };

  private async loop(subscription: Subscription): Promise<void> {
    this.loops += 1;
    for await (const message of subscription) {
      const inbound = this.note(message);
      if (this.world.chance.chance(0.5)) await this.pause(this.world.chance.below(30));
      if (inbound !== undefined) inbound.processed += 1;
    }
    this.loops -= 1;
    this.world.witness.must(this.isClosing, 'g', () => 'the loop has ended by itself');
  }

  // ---- time and promises

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.time.schedule(milliseconds, () => {
        this.world.witness.touched();
        if (this.isAlive) resolve(); // a dead process never goes on
      });
    });
  }

  private signalAfter(milliseconds: number): Signal | undefined {
    if (milliseconds < 0) return undefined;
    const signal = new Signal();
    this.signals.push(signal);
    this.world.time.schedule(milliseconds, () => {
      // what was published before close() must be sent, or kept
      if (!this.isAlive || this.isClosing) return;
      this.world.witness.touched();
      signal.fire();
    });
    return signal;
  }

  private track<T>(promise: Promise<T>, fulfilled: (value: T) => void, mayReject: (error: Error) => boolean): void {
    const { witness } = this.world;
    this.pending += 1;
    promise.then(
      (value) => {
        if (!this.isAlive) return;
        this.pending -= 1;
        witness.note('fulfilled');
        fulfilled(value);
      },
      (error: Error) => {
        if (!this.isAlive) return;
        this.pending -= 1;
        witness.note(`rejected ${error.name}`);
        witness.must(
          mayReject(error),
          'g',
          () => `a promise is rejected without reason: ${error.name}: ${error.message}`,
        );
      },
    );
  }
}
