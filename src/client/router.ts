// The router: each message to the subscriptions that want it, and its acknowledgement when all of them are done.
import type { QoS, SubscribePacket } from '../codec/codec.ts';
import type { Receipt, Session } from '../session/session.ts';
import { SubscriptionRefusedError } from './error.ts';
import { emit, type Source } from './events.ts';
import type { Message } from './message.ts';
import { ClientSubscription, type Failure, type MessageHandler, type Subscription } from './subscription.ts';
import { TopicTree } from './topic-tree.ts';

export class Router {
  private readonly session: Session;
  private readonly source: Source;
  private readonly tree = new TopicTree<ClientSubscription>();
  private readonly subscriptions = new Set<ClientSubscription>();

  constructor(session: Session, source: Source) {
    this.session = session;
    this.source = source;
  }

  /** Asks for the messages of these filters. Returns the way to give up before the promise is settled. */
  subscribe(
    requested: SubscribePacket['subscriptions'],
    handler: MessageHandler | undefined,
    resolve: (subscription: Subscription) => void,
    reject: (error: Error) => void,
  ): () => void {
    const { session } = this;
    const topicFilters = requested.map(({ topicFilter }) => topicFilter);
    const subscription = new ClientSubscription(topicFilters, handler, this);
    for (const topicFilter of topicFilters) this.tree.add(topicFilter, subscription);
    this.subscriptions.add(subscription); // before the SUBACK: messages may come first (3.8.4)
    const exchange = session.subscribe(requested, (error, returnCodes = []) => {
      if (error) return reject(error);
      subscription.grantedQos = returnCodes as QoS[];
      const refused = topicFilters.filter((_, i) => returnCodes[i] === 0x80);
      if (refused.length === 0) return resolve(subscription);
      void subscription.unsubscribe();
      reject(new SubscriptionRefusedError(refused));
    });
    return () => {
      session.cancel(exchange);
      void subscription.unsubscribe();
    };
  }

  /** The subscription wants no more messages. The broker is told of those of its filters that no other one holds. */
  drop(subscription: ClientSubscription): Promise<void> {
    const { session, tree, subscriptions } = this;
    if (!subscriptions.delete(subscription)) return Promise.resolve();
    subscription.finish();
    const unheld = Array.from(new Set(subscription.topicFilters)).filter(
      (topicFilter) => tree.delete(topicFilter, subscription) && session.isSubscribed(topicFilter),
    );
    if (unheld.length === 0) return Promise.resolve();
    return new Promise((resolve) => session.unsubscribe(unheld, () => resolve()));
  }

  /** Gives a message to its consumers, and returns whether there are any. It is rejected if one of them fails. */
  deliver(message: Message, receipt: Receipt): boolean {
    const { session } = this;
    const takers = this.tree.find(message.topic);
    let left = takers.length;
    let hasFailed = false;
    const done = (failure?: Failure) => {
      if (failure) {
        hasFailed = true;
        this.report(failure.error as Error);
      }
      left -= 1;
      if (left > 0) return;
      if (hasFailed) session.reject(receipt);
      else session.accept(receipt);
    };
    for (const taker of takers) taker.take({ message, done });
    return takers.length > 0;
  }

  report(error: Error): void {
    emit(this.source, 'error', error);
  }

  /** Ends all subscriptions, and their loops with the error if there is one. */
  end(error: Error | undefined): void {
    this.subscriptions.forEach((subscription) => void subscription.finish(error));
    this.subscriptions.clear();
  }
}
