/// <reference lib="esnext.disposable" preserve="true" />
// A subscription: messages on their way to a handler, or to a `for await` loop, one at a time.
import type { QoS } from '../codec/codec.ts';
import { MessagesDroppedError } from './error.ts';
import type { Message } from './message.ts';
import type { Router } from './router.ts';

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

/** A message on its way to a consumer, which calls `done` once: with what went wrong if something did. */
export interface Delivery {
  readonly message: Message;
  done(failure?: Failure): void;
}

/** Anything can be thrown, also undefined. */
export type Failure = { readonly error: unknown };

type Owner = Pick<Router, 'drop' | 'report'>;

/** A call of `next` that waits. */
interface Waiter {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: Error): void;
}

/** Messages that may wait for a slow consumer; beyond, the oldest of QoS 0 is dropped, which QoS 0 allows (4.3.1). */
const MAX_WAITING = 1_000;

export class ClientSubscription implements Subscription, AsyncIterator<Message, undefined> {
  readonly topicFilters: readonly string[];
  grantedQos: readonly QoS[] = [];
  private readonly handler: MessageHandler | undefined;
  private readonly router: Owner;
  private readonly waiting: Delivery[] = [];
  private readonly waiters: Waiter[] = [];
  private current: Delivery | undefined; // with the consumer
  private expendable = 0; // before this one, no message of QoS 0 is waiting
  private dropped = 0;
  private dropping: Promise<void> | undefined;
  private over: { readonly error: Error | undefined } | undefined;

  constructor(topicFilters: readonly string[], handler: MessageHandler | undefined, router: Owner) {
    this.topicFilters = topicFilters;
    this.handler = handler;
    this.router = router;
  }

  unsubscribe(): Promise<void> {
    this.dropping ??= this.router.drop(this);
    return this.dropping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (this.handler) throw new TypeError('the messages of this subscription go to its handler');
    return this;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    // Without a closure, which takes longer than all else here, unless a call before this one waits.
    if (this.waiting.length > 0 && this.waiters.length === 0)
      return Promise.resolve({ done: false, value: this.advance() });
    this.settle();
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      this.serve();
    });
  }

  async return(): Promise<IteratorResult<Message, undefined>> {
    this.settle();
    await this.unsubscribe();
    return { done: true, value: undefined };
  }

  /** Takes a message for the consumer. */
  take(delivery: Delivery): void {
    const { waiting } = this;
    if (this.over) return delivery.done();
    waiting.push(delivery);
    this.serve();
    // those of QoS 1 and 2 are limited by the session
    if (waiting.length > MAX_WAITING && delivery.message.qos === 0) this.dropOldest();
  }

  /** No more messages come. Those that the consumer has not seen are let go; a loop ends, with the error if there is one. */
  finish(error?: Error): void {
    if (this.over) return;
    this.over = { error };
    for (const { done } of this.waiting.splice(0)) done();
    this.serve();
  }

  /** Gives messages to the consumer while it is ready for them. */
  private serve(): void {
    const { waiting, waiters, handler, over } = this;
    while (waiting.length > 0 && (handler ? !this.current : waiters.length > 0)) {
      const value = this.advance();
      if (handler) this.handle(handler, value);
      else waiters.shift()!.resolve({ done: false, value });
    }
    if (!over) return;
    for (const { resolve, reject } of waiters.splice(0))
      if (over.error) reject(over.error);
      else resolve({ done: true, value: undefined });
  }

  private handle(handler: MessageHandler, message: Message): void {
    try {
      const result = handler(message);
      if (typeof result?.then !== 'function') return this.settle();
      const resume = (failure?: Failure) => {
        this.settle(failure);
        this.serve();
      };
      result.then(
        () => resume(),
        (error: unknown) => resume({ error }),
      );
    } catch (error) {
      this.settle({ error });
    }
  }

  /** The next message, for a consumer that is done with the one before. */
  private advance(): Message {
    this.settle();
    const { waiting, dropped } = this;
    const delivery = waiting.shift()!;
    this.current = delivery;
    if (this.expendable > 0) this.expendable -= 1;
    if (waiting.length === 0) {
      if (dropped > 1) this.router.report(new MessagesDroppedError(this.topicFilters, dropped));
      this.dropped = 0;
    }
    return delivery.message;
  }

  private settle(failure?: Failure): void {
    const { current } = this;
    this.current = undefined;
    current?.done(failure);
  }

  private dropOldest(): void {
    const { waiting } = this;
    while (waiting[this.expendable]!.message.qos > 0) this.expendable += 1; // A search from the first one would take quadratic time.
    waiting.splice(this.expendable, 1)[0]!.done();
    this.dropped += 1;
    if (this.dropped === 1) this.router.report(new MessagesDroppedError(this.topicFilters, 1));
  }
}
