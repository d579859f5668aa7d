/// <reference lib="esnext.disposable" preserve="true" />
// A subscription: messages on their way to a handler, or to a `for await` loop, one at a time.
import { MessagesDroppedError } from './errors.ts';
import type { Message } from './message.ts';
import type { QoS } from './packets/packet.ts';

/** Called for every message, one at a time: with a promise, the next message waits until it settles. */
export type MessageHandler = (message: Message) => void | Promise<void>;

/**
 * What `subscribe` returns. Without a handler, iterate over it: a message is acknowledged when the loop asks for the
 * next one, and leaving the loop unsubscribes.
 */
export interface Subscription extends AsyncIterable<Message>, AsyncDisposable {
  readonly topicFilters: readonly string[];
  /** The maximum QoS that the broker granted, filter by filter. */
  readonly grantedQos: readonly QoS[];
  /** Ends the subscription. A filter that another subscription holds stays with the broker. */
  unsubscribe(): Promise<void>;
}

/** A message, and whom to tell when it is processed: exactly once, with what went wrong if something did. */
export interface Delivery {
  readonly message: Message;
  done(failure?: { readonly error: unknown }): void;
}

/** What a subscription needs of its client. */
export interface SubscriptionOwner {
  drop(subscription: ClientSubscription): Promise<void>;
  report(error: Error): void;
}

interface Waiter {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: Error): void;
}

/** Messages that may wait for a slow consumer; beyond, the oldest of QoS 0 is dropped, which QoS 0 allows (4.3.1). */
const MAX_WAITING = 1_000;

export class ClientSubscription implements Subscription {
  readonly topicFilters: readonly string[];
  grantedQos: readonly QoS[] = [];
  private readonly owner: SubscriptionOwner;
  private readonly handler: MessageHandler | undefined;
  private readonly waiting: Delivery[] = [];
  private readonly waiters: Waiter[] = [];
  private current: Delivery | undefined; // with the consumer
  private dropped = 0;
  private dropping: Promise<void> | undefined;
  private end: { readonly error: Error | undefined } | undefined;

  constructor(topicFilters: readonly string[], handler: MessageHandler | undefined, owner: SubscriptionOwner) {
    this.topicFilters = topicFilters;
    this.handler = handler;
    this.owner = owner;
  }

  /** Takes a message for the consumer. */
  take(delivery: Delivery): void {
    if (this.end !== undefined) return delivery.done();
    this.waiting.push(delivery);
    if (this.handler !== undefined) return this.runHandler(this.handler);
    const waiter = this.waiters.shift();
    if (waiter !== undefined) waiter.resolve({ done: false, value: this.nextMessage()! });
    else this.dropOldest();
  }

  unsubscribe(): Promise<void> {
    this.dropping ??= this.owner.drop(this);
    return this.dropping;
  }

  /** No more messages: what nobody has seen yet is let go, and loops end, with the error if there is one. */
  finish(error?: Error): void {
    if (this.end !== undefined) return;
    this.end = { error };
    for (const { done } of this.waiting.splice(0)) done();
    for (const waiter of this.waiters.splice(0)) {
      if (error === undefined) waiter.resolve({ done: true, value: undefined });
      else waiter.reject(error);
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (this.handler !== undefined) throw new TypeError('the messages of this subscription go to its handler');
    return {
      next: () => this.next(),
      return: async () => {
        this.acknowledgeCurrent();
        await this.unsubscribe();
        return { done: true, value: undefined };
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  private next(): Promise<IteratorResult<Message, undefined>> {
    const value = this.nextMessage();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.end?.error !== undefined) return Promise.reject(this.end.error);
    if (this.end !== undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  // whoever asks for a message is done with the one before
  private nextMessage(): Message | undefined {
    this.acknowledgeCurrent();
    this.current = this.waiting.shift();
    if (this.waiting.length === 0) this.tellDropped();
    return this.current?.message;
  }

  private acknowledgeCurrent(): void {
    const current = this.current;
    this.current = undefined;
    current?.done();
  }

  private runHandler(handler: MessageHandler): void {
    while (this.current === undefined && this.nextMessage() !== undefined) {
      const { message, done } = this.current!;
      let result: void | Promise<void>;
      try {
        result = handler(message);
      } catch (error) {
        this.current = undefined;
        done({ error });
        continue;
      }
      if (typeof result?.then !== 'function') {
        this.acknowledgeCurrent();
        continue;
      }
      const resume = (failure?: { error: unknown }) => {
        this.current = undefined;
        done(failure);
        this.runHandler(handler);
      };
      result.then(
        () => resume(),
        (error: unknown) => resume({ error }),
      );
    }
    this.dropOldest();
  }

  private dropOldest(): void {
    if (this.waiting.length <= MAX_WAITING) return;
    const oldest = this.waiting.findIndex(({ message }) => message.qos === 0);
    if (oldest === -1) return; // the broker's own limit on unacknowledged messages holds them back
    const [delivery] = this.waiting.splice(oldest, 1);
    delivery!.done();
    this.dropped += 1;
    if (this.dropped === 1) this.owner.report(new MessagesDroppedError(this.topicFilters, 1));
  }

  private tellDropped(): void {
    if (this.dropped > 1) this.owner.report(new MessagesDroppedError(this.topicFilters, this.dropped));
    this.dropped = 0;
  }
}
