// The whole of a session: its state, its subscriptions, and what a new connection does to them.
import type {
  Packet,
  PacketType,
  PublishPacket,
  SubackPacket,
  SubscribePacket,
  UnsubscribePacket,
} from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import { PUBLISH, PUBREC, PUBREL, SUBSCRIBE, UNSUBSCRIBE } from '../codec/packets/packet.ts';
import { VIOLATIONS } from './exchange.ts';
import { Queue } from './queue.ts';
import type { Receipt } from './receiver.ts';
import * as receiver from './receiver.ts';
import type { Exchange, Settle } from './sender.ts';
import * as sender from './sender.ts';
import type { Session, SessionEffects } from './session.ts';
import type { SessionRecord } from './store.ts';

type Subscription = SubscribePacket['subscriptions'][number];

/** Filters in one SUBSCRIBE when subscriptions are restored: some brokers take no more. */
const RESTORE_BATCH = 8;

/**
 * The state of a session (4.1), on which the sender and the receiver work. It is a class, because closures would take
 * more memory than everything else in an idle session.
 */
export class ClientSession implements Session {
  readonly effects: SessionEffects;
  isOnline = false;

  // The sender's half.
  readonly maxInflight: number;
  readonly maxQueued: number;
  lastId = 0;
  /** Exchanges that wait for an acknowledgement, by packet identifier, in the order in which they are sent again. */
  readonly inflight: Queue<number, Exchange> = new Queue();
  /** Publishes that wait for their turn. */
  readonly publishes: Queue<Exchange, Exchange> = new Queue();
  /** Each SUBSCRIBE and UNSUBSCRIBE that waits for its turn. They never wait behind publishes. */
  readonly requests: Queue<Exchange, Exchange> = new Queue();
  /** What the broker has granted, by topic filter. */
  private readonly granted: Queue<string, Subscription> = new Queue();

  // The receiver's half.
  /** QoS 2 messages received and not yet released, by packet identifier, over all connections. */
  readonly received: Queue<number, Receipt> = new Queue();
  /** By QoS, messages that this connection must still acknowledge, in order of arrival [MQTT-4.6.0-2, MQTT-4.6.0-3]. */
  readonly due: readonly Queue<Receipt, Receipt>[] = [new Queue(), new Queue(), new Queue()];
  /** How many messages the application has, of all connections. */
  processing = 0;

  constructor(effects: SessionEffects, maxInflight: number, maxQueued: number) {
    this.effects = effects;
    this.maxInflight = maxInflight;
    this.maxQueued = maxQueued;
  }

  get inflightCount(): number {
    return this.inflight.size;
  }

  get queuedCount(): number {
    return this.publishes.size + this.requests.size;
  }

  publish(message: PublishPacket, settle: Settle): Exchange {
    return sender.publish(this, message, settle);
  }

  cancel(exchange: Exchange): boolean {
    const isCancelled = this.publishes.delete(exchange) || this.requests.delete(exchange);
    if (isCancelled) this.effects.keep?.(exchange, undefined);
    return isCancelled;
  }

  /** Without `settle`, this restores subscriptions that the broker had granted and has lost. */
  subscribe(subscriptions: readonly Subscription[], settle?: Settle): Exchange {
    return sender.request(this, { type: SUBSCRIBE, packetId: 0, subscriptions }, (error, returnCodes) => {
      const left = this.filtersUnderWay(UNSUBSCRIBE); // before this answer came
      returnCodes?.forEach((code, i) => {
        const { topicFilter } = subscriptions[i]!;
        if (code !== 0x80 && !left.has(topicFilter)) this.granted.set(topicFilter, subscriptions[i]!);
        if (code === 0x80 && !settle) this.effects.restoreFailed(topicFilter);
      });
      settle?.(error, returnCodes);
    });
  }

  unsubscribe(topicFilters: readonly string[], settle: Settle): Exchange {
    const revoke = () => {
      for (const topicFilter of topicFilters) this.granted.delete(topicFilter);
    };
    revoke();
    return sender.request(this, { type: UNSUBSCRIBE, packetId: 0, topicFilters }, (error) => {
      if (!error) revoke();
      settle(error);
    });
  }

  isSubscribed(topicFilter: string): boolean {
    return this.granted.get(topicFilter) !== undefined || this.filtersUnderWay(SUBSCRIBE).has(topicFilter);
  }

  /** Asks for everything that was granted, except what is asked for already. */
  private restoreSubscriptions(): void {
    const asked = this.filtersUnderWay(SUBSCRIBE);
    const lost = this.granted.values.filter(({ topicFilter }) => !asked.has(topicFilter));
    while (lost.length > 0) this.subscribe(lost.splice(0, RESTORE_BATCH));
  }

  /** Filters of the requests of this type that have no answer yet. */
  private filtersUnderWay(type: PacketType): Set<string> {
    const exchanges = this.inflight.values.concat(this.requests.values).filter(({ packet }) => packet.type === type);
    return new Set(
      exchanges.flatMap(({ packet }) =>
        packet.type === SUBSCRIBE
          ? packet.subscriptions.map(({ topicFilter }) => topicFilter)
          : (packet as UnsubscribePacket).topicFilters,
      ),
    );
  }

  restore(records: Iterable<readonly [key: string, record: SessionRecord]>, settle: Settle): void {
    for (const [key, packet] of records) {
      const { packetId } = packet;
      const exchange = { packet, settle, key } as Exchange;
      // Doubtful, because the process may have ended before it could forget what it had received.
      if (packet.type === PUBREC)
        this.received.set(packetId, { qos: 2, packetId, state: 'accepted', isDoubtful: true, key });
      else if (packetId > 0) this.inflight.set(packetId, exchange);
      else this.publishes.set(exchange, exchange);
    }
  }

  connected(sessionPresent: boolean, isInDoubt = false): void {
    const event = sessionPresent ? 'resumed' : 'lost';
    const mayBeLost = !sessionPresent || isInDoubt;
    for (const receipt of this.received.values) {
      receiver.step(this, receipt, event);
      receipt.isDoubtful ||= isInDoubt;
    }
    const again = this.inflight.values;
    const isFirst = (exchange: Exchange) => mayBeLost && exchange.packet.type >= SUBSCRIBE; // or UNSUBSCRIBE
    this.isOnline = true;
    // An old UNSUBSCRIBE must not come behind a new SUBSCRIBE to the same filter.
    for (const exchange of again) if (isFirst(exchange)) sender.step(this, exchange, event);
    if (mayBeLost) this.restoreSubscriptions();
    for (const exchange of again) if (!isFirst(exchange)) sender.step(this, exchange, event);
    sender.startAll(this);
  }

  disconnected(): void {
    this.isOnline = false;
    for (const queue of this.due) queue.clear();
  }

  end(error: Error): void {
    this.disconnected();
    const waiting = this.inflight.values.concat(this.requests.values, this.publishes.values);
    this.inflight.clear();
    this.requests.clear();
    this.publishes.clear();
    this.received.clear();
    for (const { settle } of waiting) settle(error);
  }

  receive(packet: Packet): void {
    const { type } = packet;
    if (type === PUBLISH) receiver.receive(this, packet);
    else if (type === PUBREL) receiver.step(this, this.received.get(packet.packetId) ?? packet, PUBREL);
    else if (VIOLATIONS[type]) sender.receive(this, packet as SubackPacket);
    else throw new ProtocolError('§2.2.1', `a server never sends packet type ${type} here`);
  }

  accept(receipt: Receipt): void {
    receiver.processed(this, receipt, 'accepted');
  }

  reject(receipt: Receipt): void {
    receiver.processed(this, receipt, 'rejected');
  }
}
