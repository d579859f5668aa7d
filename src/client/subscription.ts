/// <reference lib="esnext.disposable" preserve="true" />
// A subscription: messages on their way to a handler, or to a `for await` loop, one at a time.

import type { QoS } from '../codec/packets/packet.ts';
import { MessagesDroppedError } from './error.ts';
import type { Message } from './message.ts';

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

/** A subscription, and the client's side of it. */
export interface ClientSubscription extends Subscription {
  grantedQos: readonly QoS[];
  /** Takes a message for the consumer. */
  take(delivery: Delivery): void;
  /** No more messages: what nobody has seen yet is let go, and loops end, with the error if there is one. */
  finish(error?: Error): void;
}

/** Whoever waits for the next message. */
interface Waiter {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: Error): void;
}

/** Messages that may wait for a slow consumer; beyond, the oldest of QoS 0 is dropped, which QoS 0 allows (4.3.1). */
const MAX_WAITING = 1_000;

export function createSubscription(
  topicFilters: readonly string[],
  handler: MessageHandler | undefined,
  owner: SubscriptionOwner,
): ClientSubscription {
  const waiting: Delivery[] = [];
  const waiters: Waiter[] = [];
  let current: Delivery | undefined; // with the consumer
  let expendable = 0; // before this one, no message of QoS 0 is waiting
  let dropped = 0;
  let dropping: Promise<void> | undefined;
  let end: { readonly error: Error | undefined } | undefined;

  // the next message goes to the consumer, who is done with the one before
  function advance(): Message {
    finishCurrent();
    current = waiting.shift()!;
    if (expendable > 0) expendable -= 1;
    if (waiting.length === 0) {
      if (dropped > 1) owner.report(new MessagesDroppedError(topicFilters, dropped));
      dropped = 0;
    }
    return current.message;
  }

  function finishCurrent(failure?: { readonly error: unknown }): void {
    const done = current?.done;
    current = undefined;
    done?.(failure);
  }

  function serveLoop(): void {
    while (waiters.length > 0 && (waiting.length > 0 || end)) {
      const { resolve, reject } = waiters.shift()!;
      if (waiting.length > 0) resolve({ done: false, value: advance() });
      else if (end?.error) reject(end.error);
      else resolve({ done: true, value: undefined });
    }
  }

  function serveHandler(handle: MessageHandler): void {
    while (!current && waiting.length > 0) {
      try {
        const result = handle(advance());
        if (typeof result?.then !== 'function') {
          finishCurrent();
          continue;
        }
        const resume = (failure?: { error: unknown }) => {
          finishCurrent(failure);
          serveHandler(handle);
        };
        result.then(
          () => resume(),
          (error: unknown) => resume({ error }),
        );
      } catch (error) {
        finishCurrent({ error });
      }
    }
  }

  function dropOldest(): void {
    while (waiting[expendable]!.message.qos > 0) expendable += 1; // a search would begin at the first (measured)
    waiting.splice(expendable, 1)[0]!.done();
    dropped += 1;
    if (dropped === 1) owner.report(new MessagesDroppedError(topicFilters, 1));
  }

  const subscription: ClientSubscription = {
    topicFilters,
    grantedQos: [],
    unsubscribe() {
      dropping ??= owner.drop(subscription);
      return dropping;
    },
    [Symbol.asyncIterator]() {
      if (handler) throw new TypeError('the messages of this subscription go to its handler');
      return {
        next() {
          // without a closure (measured); whoever came before is served before
          if (waiting.length > 0 && waiters.length === 0) return Promise.resolve({ done: false, value: advance() });
          finishCurrent(); // who asks for a message is done with the one before
          return new Promise((resolve, reject) => {
            waiters.push({ resolve, reject });
            serveLoop();
          });
        },
        async return() {
          finishCurrent();
          await subscription.unsubscribe();
          return { done: true, value: undefined };
        },
      };
    },
    [Symbol.asyncDispose]: () => subscription.unsubscribe(),
    take(delivery) {
      if (end) return delivery.done();
      waiting.push(delivery);
      if (handler) serveHandler(handler);
      else serveLoop();
      // those of QoS 1 and 2 are limited by the session
      if (waiting.length > MAX_WAITING && delivery.message.qos === 0) dropOldest();
    },
    finish(error) {
      if (end) return;
      end = { error };
      for (const { done } of waiting.splice(0)) done();
      serveLoop();
    },
  };
  return subscription;
}
