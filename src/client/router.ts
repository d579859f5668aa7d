// The router: each message to the subscriptions that want it, and its acknowledgement when all of them are done.
import type { PublishPacket, QoS, SubscribePacket } from '../codec/codec.ts';
import type { Clock } from '../connection/clock.ts';
import { batchesOf } from '../session/batch.ts';
import { Queue } from '../session/queue.ts';
import type { Exchange, Receipt, Session } from '../session/session.ts';
import { HandlerError, SubscriptionRefusedError } from './error.ts';
import { emit, hasListener, type Source } from './events.ts';
import { HeldMessages } from './held.ts';
import { ReceivedMessage } from './message.ts';
import type { ConnectOptions, SubscribeOptions } from './options.ts';
import { ClientSubscription, type Delivery, type MessageHandler, type Subscription } from './subscription.ts';
import { TopicTree } from './topic-tree.ts';

/** Filters that were left, and are remembered: their last messages may still come. */
const MAX_LEFT = 1_000;

/** `$share/NAME/FILTER`, `$queue/FILTER`, `$exclusive/FILTER`: the topics of their messages match FILTER. */
const SPECIAL = /^\$(?:share\/[^/]+|queue|exclusive)\/([\s\S]+)$/;

/** What the router needs of the client. */
export interface RouterOwner extends Source {
  readonly options: ConnectOptions;
  readonly clock: Clock;
  readonly session: Session;
  /** A handler has ended. */
  drained(): void;
}

/** A filter that subscriptions hold. */
interface Wanted {
  /** How many of them want it with QoS 0, 1 and 2. */
  readonly byQos: number[];
  granted: QoS;
}

export class Router {
  readonly session: Session;
  /** Bytes of QoS 0 messages that wait for their consumers. */
  waitingBytes = 0;
  private readonly owner: RouterOwner;
  private readonly tree = new TopicTree<ClientSubscription>();
  private readonly subscriptions = new Set<ClientSubscription>();
  private readonly wanted = new Map<string, Wanted>(); // by filter
  private readonly held: HeldMessages;
  private readonly left: Queue<string, string> = new Queue(); // filters that were left lately
  private readonly leftTree = new TopicTree<string>();
  private readonly leaving = new Set<() => void>(); // what waits for an UNSUBACK
  private withheld = 0; // messages of this connection that are not acknowledged, because a consumer failed

  constructor(owner: RouterOwner) {
    this.owner = owner;
    this.session = owner.session;
    this.held = new HeldMessages(owner.clock, (error) => this.report(error));
  }

  /** Whether the broker keeps the session, and with it what is not acknowledged. */
  get isKept(): boolean {
    return this.owner.options.cleanSession === false;
  }

  get isFull(): boolean {
    return this.waitingBytes > (this.owner.options.maxWaitingBytes ?? 0x400_0000);
  }

  get isAtWork(): boolean {
    return Array.from(this.subscriptions).some((subscription) => subscription.isAtWork);
  }

  report(error: Error): void {
    emit(this.owner, 'error', error);
  }

  /** A handler has failed. */
  failed(error: unknown, { message, packetId }: Delivery, isWithheld: boolean): void {
    if (isWithheld) this.withheld += 1;
    this.report(new HandlerError(error, message.topic, packetId, isWithheld ? this.withheld : 0));
  }

  /** A handler is done. */
  drained(): void {
    this.owner.drained();
  }

  // ---- subscriptions

  /** Asks for the messages of these filters. Returns the way to give up before the promise is settled. */
  subscribe(
    requested: SubscribePacket['subscriptions'],
    options: SubscribeOptions,
    handler: MessageHandler | undefined,
    resolve: (subscription: Subscription) => void,
    reject: (error: Error) => void,
  ): (reason: Error) => void {
    const { session } = this;
    const subscription = new ClientSubscription(requested, options, handler, this);
    this.add(subscription); // before the SUBACK: messages may come first (3.8.4)
    const exchanges: Exchange[] = [];
    const refused: string[] = [];
    let unanswered = requested.length;
    const giveUp = (error: Error) => {
      for (const exchange of exchanges.splice(0)) session.cancel(exchange, error); // once, however many batches fail
      void subscription.unsubscribe();
      reject(error);
    };
    for (const batch of batchesOf(requested)) {
      const asked = batch.map(({ topicFilter }) => ({ topicFilter, qos: this.highestQos(topicFilter) }));
      const answered = (error?: Error, returnCodes: readonly number[] = []) => {
        if (error) return giveUp(error);
        unanswered -= batch.length;
        batch.forEach(({ topicFilter }, i) => {
          const wanted = this.wanted.get(topicFilter);
          if (returnCodes[i] === 0x80) refused.push(topicFilter);
          else if (wanted) wanted.granted = returnCodes[i] as QoS;
        });
        if (unanswered > 0) return;
        if (refused.length > 0) giveUp(new SubscriptionRefusedError(refused));
        else resolve(subscription);
      };
      exchanges.push(session.subscribe(asked, answered));
    }
    return giveUp;
  }

  /** The subscription wants no more messages. If it is not kept, the broker is told of filters that no other one holds. */
  drop(subscription: ClientSubscription, isKept: boolean): Promise<void> {
    if (!this.subscriptions.has(subscription)) return Promise.resolve();
    const unheld = Array.from(subscription.requested.keys()).filter((filter) => this.remove(subscription, filter));
    subscription.finish((delivery) => {
      if (isKept && delivery.message.qos > 0) this.held.add(delivery);
      else delivery.done(false);
    });
    return isKept ? Promise.resolve() : this.leave(unheld.filter((filter) => this.session.isSubscribed(filter)));
  }

  /** Leaves filters, whoever holds them, or made them in an older session. */
  unsubscribe(topicFilters: readonly string[]): Promise<void> {
    for (const topicFilter of topicFilters) {
      for (const holder of this.tree.holdersOf(topicFilter)) {
        if (!holder.requested.has(topicFilter)) continue;
        this.remove(holder, topicFilter);
        if (holder.requested.size === 0) holder.finish(accept);
      }
    }
    return this.leave(topicFilters);
  }

  private add(subscription: ClientSubscription): void {
    this.subscriptions.add(subscription);
    subscription.requested.forEach((qos, topicFilter) => {
      const wanted = this.wanted.get(topicFilter) ?? { byQos: [0, 0, 0], granted: 0 };
      wanted.byQos[qos]! += 1;
      this.wanted.set(topicFilter, wanted);
      for (const route of routesOf(topicFilter)) this.tree.add(route, subscription);
      this.forgetLeft(topicFilter);
    });
    this.held.release(
      (topic) => this.tree.find(topic).length > 0,
      (delivery) => this.give(delivery),
    );
  }

  /** Takes a filter from a subscription. Returns whether no other one wants it. */
  private remove(subscription: ClientSubscription, topicFilter: string): boolean {
    const { requested } = subscription;
    const { byQos } = this.wanted.get(topicFilter)!;
    byQos[requested.get(topicFilter)!]! -= 1;
    requested.delete(topicFilter);
    if (requested.size === 0) this.subscriptions.delete(subscription);
    for (const route of routesOf(topicFilter)) this.tree.delete(route, subscription);
    return !byQos.some(Boolean) && this.wanted.delete(topicFilter);
  }

  /** The highest QoS that a subscription wants. A lower one in a SUBSCRIBE would take it from the others (3.8.4). */
  private highestQos(topicFilter: string): QoS {
    const [, qos1, qos2] = this.wanted.get(topicFilter)!.byQos;
    return qos2 ? 2 : qos1 ? 1 : 0;
  }

  grantedQos(topicFilter: string): QoS {
    return this.wanted.get(topicFilter)?.granted ?? 0;
  }

  /** Tells the broker. Resolves when it has answered, or at once while there is no connection. */
  private leave(topicFilters: readonly string[]): Promise<void> {
    for (const topicFilter of topicFilters) {
      this.left.set(topicFilter, topicFilter);
      for (const route of routesOf(topicFilter)) this.leftTree.add(route, topicFilter);
      if (this.left.size > MAX_LEFT) this.forgetLeft(this.left.first!);
    }
    this.held.release((topic) => this.leftTree.find(topic).length > 0, accept);
    const answers = batchesOf(topicFilters).map(
      (batch) =>
        new Promise<void>((resolve) => {
          const done = () => {
            this.leaving.delete(done);
            resolve();
          };
          this.leaving.add(done);
          this.session.unsubscribe(batch, done);
          if (!this.session.isOnline) done();
        }),
    );
    return Promise.all(answers).then(() => {});
  }

  private forgetLeft(topicFilter: string): void {
    if (!this.left.delete(topicFilter)) return;
    for (const route of routesOf(topicFilter)) this.leftTree.delete(route, topicFilter);
  }

  // ---- messages

  deliver(packet: PublishPacket, receipt: Receipt): void {
    const { session } = this;
    const message = new ReceivedMessage(packet);
    const done = (isWithheld: boolean) => (isWithheld ? session.reject(receipt) : session.accept(receipt));
    this.give({ message, packetId: receipt.packetId, done });
  }

  /** Gives a message to its consumers. If one of them withholds its acknowledgement, there is none. */
  private give(delivery: Delivery): void {
    const { message, packetId } = delivery;
    const takers = this.tree.find(message.topic);
    if (takers.length === 0) return this.unrouted(delivery);
    if (takers.length === 1) return takers[0]!.take(delivery);
    let left = takers.length;
    let isAnyWithheld = false;
    const done = (isWithheld: boolean) => {
      left -= 1;
      isAnyWithheld ||= isWithheld;
      if (left === 0) delivery.done(isAnyWithheld);
    };
    // Each has a payload of its own, so that one which transfers it takes it from no other.
    const deliveries = takers.map(() => ({ message: new ReceivedMessage(message, true), packetId, done }));
    takers.forEach((taker, i) => void taker.take(deliveries[i]!));
  }

  private unrouted(delivery: Delivery): void {
    const { owner } = this;
    const { message } = delivery;
    if (hasListener(owner, 'unrouted')) {
      emit(owner, 'unrouted', message);
      delivery.done(false);
    } else if (message.qos > 0 && this.leftTree.find(message.topic).length === 0) this.held.add(delivery);
    else delivery.done(false);
  }

  /** There is a listener for messages that no subscription wants. */
  listened(): void {
    this.held.release(
      () => true,
      (delivery) => this.unrouted(delivery),
    );
  }

  // ---- connections

  /** @param comesAgain whether the broker sends again what was not acknowledged */
  connected(comesAgain: boolean): void {
    this.withheld = 0;
    if (comesAgain) this.held.comesAgain();
  }

  disconnected(): void {
    this.leaving.forEach((done) => void done());
  }

  /** Ends all subscriptions, and their loops with the error if there is one. */
  end(error: Error | undefined): void {
    this.disconnected();
    this.held.clear();
    this.subscriptions.forEach((subscription) => void subscription.finish(() => {}, error));
    this.tree.forget();
  }
}

const accept = (delivery: Delivery) => delivery.done(false);

function routesOf(topicFilter: string): readonly string[] {
  const [, filter] = SPECIAL.exec(topicFilter) ?? [];
  return filter ? [topicFilter, filter] : [topicFilter];
}
