/// <reference lib="esnext.disposable" preserve="true" />
// A subscription: messages on their way to a handler, or to a `for await` loop, one at a time.
import type { QoS, SubscribePacket } from '../codec/codec.ts';
import { Queue } from '../session/queue.ts';
import { MessagesDroppedError } from './error.ts';
import type { Message } from './message.ts';
import type { SubscribeOptions } from './options.ts';
import type { Router } from './router.ts';

/** Called for every message, one at a time: with a promise, the next message waits until it settles. */
export type MessageHandler = (message: Message) => void | Promise<void>;

/**
 * What `subscribe` returns. Without a handler, iterate over it. A message is acknowledged when the loop asks for the next
 * one. When the loop is left by `break`, `return` or an error, the message in hand is acknowledged unless the option
 * `acknowledge` is 'on-success'. Then a clean session unsubscribes. With `cleanSession: false` the broker keeps the
 * subscription, and the messages that the loop did not see wait, unacknowledged, for the next subscription or connection.
 */
export interface Subscription extends AsyncIterable<Message>, AsyncDisposable {
  readonly topicFilters: readonly string[];
  /** The maximum QoS that the broker grants now, filter by filter. Another subscription to a filter may have raised it. */
  readonly grantedQos: readonly QoS[];
  /**
   * Ends the loop after the message in hand, which is acknowledged. The broker is not told: its next messages wait for
   * another subscription.
   */
  stop(): void;
  /**
   * Ends the subscription, and the loop after the message in hand. Messages that nobody saw are acknowledged. A filter
   * that another subscription holds stays with the broker. Resolves at the UNSUBACK, or at once while there is no
   * connection: then the UNSUBSCRIBE goes out later.
   */
  unsubscribe(): Promise<void>;
}

/** A message on its way to a consumer, which calls `done` once. */
export interface Delivery {
  readonly message: Message;
  readonly packetId: number;
  /** @param isWithheld whether the message must not be acknowledged */
  done(isWithheld: boolean): void;
}

/** A call of `next` that waits. */
interface Waiter {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: Error): void;
}

export class ClientSubscription implements Subscription, AsyncIterator<Message, undefined> {
  readonly topicFilters: readonly string[];
  /** The filters that were not left, and with which QoS they were asked for. */
  readonly requested: Map<string, QoS> = new Map();
  private readonly handler: MessageHandler | undefined;
  private readonly router: Router;
  private readonly isOnSuccess: boolean;
  private readonly maxWaiting: number;
  private readonly waiting: Queue<Delivery, Delivery> = new Queue();
  private readonly expendable: Queue<Delivery, Delivery> = new Queue(); // those that wait with QoS 0
  private readonly waiters: Waiter[] = [];
  private current: Delivery | undefined; // with the consumer
  private dropped = 0;
  private dropping: Promise<void> | undefined;
  private over: { readonly error: Error | undefined; unseen(delivery: Delivery): void } | undefined;

  constructor(
    requested: SubscribePacket['subscriptions'],
    { acknowledge, maxWaiting = 100_000 }: SubscribeOptions,
    handler: MessageHandler | undefined,
    router: Router,
  ) {
    this.topicFilters = requested.map(({ topicFilter }) => topicFilter);
    for (const { topicFilter, qos } of requested)
      this.requested.set(topicFilter, Math.max(qos, this.requested.get(topicFilter) ?? 0) as QoS);
    this.isOnSuccess = acknowledge === 'on-success';
    this.maxWaiting = maxWaiting;
    this.handler = handler;
    this.router = router;
  }

  get grantedQos(): readonly QoS[] {
    return this.topicFilters.map((topicFilter) => this.router.grantedQos(topicFilter));
  }

  /** Whether a handler is at work. */
  get isAtWork(): boolean {
    return this.handler !== undefined && this.current !== undefined;
  }

  stop(): void {
    void this.router.drop(this, true);
  }

  unsubscribe(): Promise<void> {
    this.dropping ??= this.router.drop(this, false);
    return this.dropping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (this.handler) throw new TypeError('the messages go to the handler');
    return this;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    this.settle();
    // Without a closure, which takes longer than all else here, unless a call before this one waits.
    if (this.waiting.size > 0 && this.waiters.length === 0) {
      this.current = this.nextWaiting();
      return Promise.resolve({ done: false, value: this.current.message });
    }
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      this.serve();
    });
  }

  /** The loop was left. It resolves at once, since a broker that is away cannot answer an UNSUBSCRIBE. */
  async return(): Promise<IteratorResult<Message, undefined>> {
    this.settle(this.isOnSuccess);
    if (this.router.isKept) this.stop();
    else void this.unsubscribe();
    return { done: true, value: undefined };
  }

  /** Takes a message for the consumer. */
  take(delivery: Delivery): void {
    const { waiting, expendable, router } = this;
    if (this.over) return this.over.unseen(delivery);
    if (waiting.size === 0 && this.isReady) return this.give(delivery); // most do not wait, and need no queue
    waiting.set(delivery, delivery);
    if (delivery.message.qos === 0) {
      expendable.set(delivery, delivery);
      router.waitingBytes += delivery.message.payload.length;
    }
    this.serve();
    while (expendable.first && (waiting.size > this.maxWaiting || router.isFull)) this.dropOldest();
  }

  /** No more messages come. A loop ends, with the error if there is one. @param unseen takes what the consumer did not see */
  finish(unseen: (delivery: Delivery) => void, error?: Error): void {
    if (this.over) return;
    this.over = { error, unseen };
    for (const delivery of this.waiting.values) {
      this.remove(delivery);
      unseen(delivery);
    }
    this.serve();
  }

  /** Whether the consumer takes a message at once. */
  private get isReady(): boolean {
    return this.handler ? !this.current : this.waiters.length > 0;
  }

  /** Gives a message to a consumer that is ready for it, and done with the one before. */
  private give(delivery: Delivery): void {
    this.settle();
    this.current = delivery;
    if (this.handler) this.handle(this.handler, delivery);
    else this.waiters.shift()!.resolve({ done: false, value: delivery.message });
  }

  /** Gives messages to the consumer while it is ready for them. */
  private serve(): void {
    const { waiting, waiters, over } = this;
    while (waiting.size > 0 && this.isReady) this.give(this.nextWaiting());
    while (over && waiters.length > 0) {
      const { resolve, reject } = waiters.shift()!;
      if (over.error) reject(over.error);
      else resolve({ done: true, value: undefined });
    }
  }

  private handle(handler: MessageHandler, delivery: Delivery): void {
    const failed = (error: unknown) => {
      this.router.failed(error, delivery, this.isOnSuccess);
      this.settle(this.isOnSuccess);
    };
    try {
      const result = handler(delivery.message);
      if (typeof result?.then !== 'function') return this.settle();
      result
        .then(() => this.settle(), failed)
        .then(() => {
          this.serve();
          this.router.drained();
        });
    } catch (error) {
      failed(error);
    }
  }

  private nextWaiting(): Delivery {
    const delivery = this.waiting.first!;
    this.remove(delivery);
    if (this.waiting.size === 0) {
      if (this.dropped > 1) this.router.report(new MessagesDroppedError(this.topicFilters, this.dropped));
      this.dropped = 0;
    }
    return delivery;
  }

  private settle(isWithheld = false): void {
    const { current } = this;
    this.current = undefined;
    current?.done(isWithheld);
  }

  private remove(delivery: Delivery): void {
    this.waiting.delete(delivery);
    if (this.expendable.delete(delivery)) this.router.waitingBytes -= delivery.message.payload.length;
  }

  private dropOldest(): void {
    const oldest = this.expendable.first!;
    this.remove(oldest);
    oldest.done(false);
    this.dropped += 1;
    if (this.dropped === 1) this.router.report(new MessagesDroppedError(this.topicFilters, 1));
  }
}
