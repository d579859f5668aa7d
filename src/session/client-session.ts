// The whole of a session: its state, its subscriptions, and what a new connection does to them.
import type { Packet, PublishPacket, SubackPacket, SubscribePacket, UnsubscribePacket } from '../codec/codec.ts';
import { refuseType } from '../codec/packets/index.ts';
import { PUBLISH, PUBREC, PUBREL, SUBSCRIBE, UNSUBSCRIBE } from '../codec/packets/packet.ts';
import { BATCH } from './batch.ts';
import { QueueFullError } from './error.ts';
import { VIOLATIONS } from './exchange.ts';
import { Queue } from './queue.ts';
import type { Receipt } from './receiver.ts';
import * as receiver from './receiver.ts';
import type { Exchange, Settle } from './sender.ts';
import * as sender from './sender.ts';
import type { Session, SessionEffects } from './session.ts';
import type { SessionRecord } from './store.ts';

type Subscription = SubscribePacket['subscriptions'][number];

/** What the session knows of a topic filter. */
interface Filter {
  /** As it was asked for and granted, if it was. */
  granted: Subscription | undefined;
  asked: number; // SUBSCRIBEs without an answer
  left: number; // UNSUBSCRIBEs without an answer
}

/**
 * The state of a session (4.1), on which the sender and the receiver work. It is a class, because closures would take
 * more memory than everything else in an idle session.
 */
export class ClientSession implements Session {
  readonly effects: SessionEffects;
  isOnline = false;

  // The sender's half.
  /** How many may be in flight: requests, publishes of QoS 1, of QoS 2. */
  readonly limits: readonly number[];
  /** How many are in flight. */
  readonly sizes: number[] = [0, 0, 0];
  readonly maxQueued: number;
  lastId: number;
  lastOrder = 0;
  /** Exchanges that wait for an acknowledgement, by packet identifier, in the order in which they are sent again. */
  readonly inflight: Queue<number, Exchange> = new Queue();
  /** By QoS, publishes that wait for their turn. */
  readonly publishes: readonly Queue<Exchange, Exchange>[] = [new Queue(), new Queue(), new Queue()];
  /** Each SUBSCRIBE and UNSUBSCRIBE that waits for its turn. They never wait behind publishes. */
  readonly requests: Queue<Exchange, Exchange> = new Queue();
  filters: Map<string, Filter> | undefined; // once there was a request
  /** Whether what is in flight goes out one by one. Nothing new is sent before all of it is done. */
  isCareful = false;

  // The receiver's half.
  /** QoS 2 messages received and not yet released, by packet identifier, over all connections. */
  readonly received: Queue<number, Receipt> = new Queue();
  /** By QoS, messages that this connection must still acknowledge, in order of arrival [MQTT-4.6.0-2, MQTT-4.6.0-3]. */
  readonly due: readonly (Queue<Receipt, Receipt> | undefined)[] = [undefined, new Queue(), new Queue()];
  /** How many messages of QoS 1 and 2 the application has, of all connections. */
  processing = 0;

  constructor(effects: SessionEffects, limits: readonly number[], maxQueued: number, firstPacketId: number) {
    this.effects = effects;
    this.limits = limits;
    this.maxQueued = maxQueued;
    this.lastId = firstPacketId - 1;
  }

  get inflightCount(): number {
    return this.inflight.size;
  }

  get queuedCount(): number {
    return this.requests.size + this.publishes[0]!.size + this.publishes[1]!.size + this.publishes[2]!.size;
  }

  publish(message: PublishPacket, settle: Settle): Exchange {
    const { qos } = message;
    const exchange = sender.exchangeOf(this, message, settle);
    const queue = this.publishes[qos]!;
    queue.set(exchange, exchange);
    sender.startAll(this);
    if (this.queuedCount - this.requests.size > this.maxQueued) {
      queue.delete(exchange);
      throw new QueueFullError(this.maxQueued);
    }
    if (qos > 0 && queue.get(exchange)) this.effects.keep?.(exchange, message);
    return exchange;
  }

  cancel(exchange: Exchange, reason?: Error): boolean {
    const { packet } = exchange;
    const queue = packet.type === PUBLISH ? this.publishes[packet.qos]! : this.requests;
    exchange.cancelled = reason;
    if (!queue.delete(exchange)) return false;
    this.effects.keep?.(exchange, undefined);
    if (packet.type === SUBSCRIBE) this.count(packet, -1);
    return true;
  }

  subscribe(subscriptions: readonly Subscription[], settle: Settle): Exchange {
    return this.request({ type: SUBSCRIBE, packetId: 0, subscriptions }, settle);
  }

  unsubscribe(topicFilters: readonly string[], settle: Settle): Exchange {
    return this.request({ type: UNSUBSCRIBE, packetId: 0, topicFilters }, settle);
  }

  /** Without `settle` it restores what the broker has lost. */
  private request(packet: SubscribePacket | UnsubscribePacket, settle?: Settle): Exchange {
    this.count(packet, 1);
    const exchange = sender.exchangeOf(this, packet, (error, returnCodes) => {
      for (let i = 0; returnCodes && i < returnCodes.length; i++) {
        const subscription = (packet as SubscribePacket).subscriptions[i]!;
        const filter = this.filters!.get(subscription.topicFilter)!;
        if (returnCodes[i] === 0x80) {
          if (!settle) this.effects.restoreFailed(subscription.topicFilter);
        } else if (filter.left === 0) filter.granted = subscription;
      }
      this.count(packet, -1);
      settle?.(error, returnCodes);
    });
    this.requests.set(exchange, exchange);
    sender.startAll(this, false);
    return exchange;
  }

  /** Counts a request that begins or ends. A filter that is left is no longer granted. */
  private count(packet: SubscribePacket | UnsubscribePacket, by: 1 | -1): void {
    this.filters ??= new Map();
    const { filters } = this;
    const isSubscribe = packet.type === SUBSCRIBE;
    for (const item of isSubscribe ? packet.subscriptions : packet.topicFilters) {
      const topicFilter = typeof item === 'string' ? item : item.topicFilter;
      const filter = filters.get(topicFilter) ?? { granted: undefined, asked: 0, left: 0 };
      filters.set(topicFilter, filter);
      if (isSubscribe) filter.asked += by;
      else {
        filter.left += by;
        filter.granted = undefined;
      }
      if (!filter.granted && filter.asked + filter.left === 0) filters.delete(topicFilter);
    }
  }

  isSubscribed(topicFilter: string): boolean {
    const filter = this.filters?.get(topicFilter);
    return !!filter && (filter.asked > 0 || filter.granted !== undefined);
  }

  restore(records: Iterable<readonly [key: string, record: SessionRecord]>, settle: Settle): void {
    let early: Exchange[] = []; // published already
    for (const queue of this.publishes) {
      early = early.concat(queue.values);
      queue.clear();
    }
    const { lastOrder } = this;
    this.lastOrder = -Number.MAX_SAFE_INTEGER; // before these
    for (const [key, packet] of records) {
      const { packetId } = packet;
      const exchange = sender.exchangeOf(this, packet as Exchange['packet'], settle, key);
      // Doubtful, because the process may have ended before it could forget what it had received.
      if (packet.type === PUBREC)
        this.received.set(packetId, { qos: 2, packetId, state: 'accepted', isDoubtful: true, key });
      else if (packetId > 0) {
        this.inflight.set(packetId, exchange);
        this.sizes[exchange.window]! += 1;
      } else this.publishes[exchange.window]!.set(exchange, exchange);
    }
    for (const exchange of early) this.publishes[exchange.window]!.set(exchange, exchange);
    this.lastOrder = lastOrder;
  }

  connected(sessionPresent: boolean, isInDoubt = false): void {
    const event = !sessionPresent ? 'lost' : isInDoubt ? 'doubtful' : 'resumed';
    for (const receipt of this.received.values) {
      if (event === 'lost') receiver.step(this, receipt, event);
      receipt.isDoubtful ||= isInDoubt;
    }
    this.isOnline = true;
    // What was lost, or in doubt, and was not sent since, still is.
    for (const exchange of this.inflight.values)
      if (event === 'lost' || !exchange.due || exchange.due === 'resumed') exchange.due = event;
    // Subscriptions come first, since the messages that follow may be for them.
    sender.resend(this, SUBSCRIBE);
    if (event !== 'resumed') this.restoreSubscriptions();
    sender.resend(this, PUBLISH);
    sender.startAll(this);
  }

  /** Asks for everything that was granted, except what is asked for already. */
  private restoreSubscriptions(): void {
    const lost: Subscription[] = [];
    this.filters?.forEach(({ granted, asked }) => {
      if (granted && asked === 0) lost.push(granted);
    });
    for (let i = 0; i < lost.length; i += BATCH)
      this.request({ type: SUBSCRIBE, packetId: 0, subscriptions: lost.slice(i, i + BATCH) });
  }

  disconnected(): void {
    this.isOnline = false;
    this.due[1]!.clear();
    this.due[2]!.clear();
  }

  end(error: Error): void {
    this.disconnected();
    let waiting: Exchange[] = [];
    for (const queue of [this.inflight, this.requests, ...this.publishes]) {
      waiting = waiting.concat(queue.values);
      queue.clear();
    }
    for (const { settle } of waiting) settle(error);
  }

  receive(packet: Packet): void {
    const { type } = packet;
    if (type === PUBLISH) receiver.receive(this, packet);
    else if (type === PUBREL) receiver.step(this, this.received.get(packet.packetId) ?? packet, PUBREL);
    else if (VIOLATIONS[type]) sender.receive(this, packet as SubackPacket);
    else refuseType(type << 4);
  }

  refused(packet: Packet, error: Error): void {
    const exchange = VIOLATIONS[packet.type] && this.inflight.get((packet as SubackPacket).packetId);
    if (exchange) sender.finish(this, exchange, error);
  }

  accept(receipt: Receipt): void {
    receiver.processed(this, receipt, 'accepted');
  }

  reject(receipt: Receipt): void {
    receiver.processed(this, receipt, 'rejected');
  }
}
