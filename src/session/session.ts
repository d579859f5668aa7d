// 4.1 and 4.3 to 4.6: packet identifiers, QoS 1 and 2 as their sender, and what outlives a connection.
import { ProtocolError } from '../codec/error.ts';
import { type AcknowledgementPacket, type PubrelPacket, pubrel } from '../codec/packets/acknowledgement.ts';
import type { Packet } from '../codec/packets/index.ts';
import {
  type PacketType,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from '../codec/packets/packet.ts';
import type { PublishPacket } from '../codec/packets/publish.ts';
import type { SubackPacket, SubackReturnCode } from '../codec/packets/suback.ts';
import type { SubscribePacket } from '../codec/packets/subscribe.ts';
import type { UnsubscribePacket } from '../codec/packets/unsubscribe.ts';
import { QueueFullError } from './error.ts';
import { firstOf, type Queue } from './queue.ts';
import { Inbound, type InboundEffects, type Receipt, type RecordOwner, type SessionRecord } from './receiver.ts';

export type { Receipt, RecordOwner, SessionRecord } from './receiver.ts';

/** What a session asks its owner to do, at once and in this order. */
export interface SessionEffects extends InboundEffects {
  /** The broker lost the session and now refuses a filter that it had granted. */
  restoreFailed(topicFilter: string): void;
}

/** Called exactly once: with an error, or without one and, after a SUBSCRIBE, with the codes of its SUBACK. */
export type Settle = (error: Error | undefined, returnCodes?: readonly SubackReturnCode[]) => void;

/** Something on its way out, until it is acknowledged. */
export interface Exchange extends RecordOwner {
  /** What was sent last, or with identifier 0 waits for its turn: it alone says how far the exchange has come. */
  packet: PublishPacket | PubrelPacket | SubscribePacket | UnsubscribePacket;
  settle: Settle;
}

export interface SessionOptions {
  /** Exchanges that may wait for an acknowledgement at a time, 1 to 65,535; 1,000 by default. */
  readonly maxInflight?: number | undefined;
  /** Publishes that may wait for their turn; 10,000 by default. */
  readonly maxQueued?: number | undefined;
}

type Subscription = SubscribePacket['subscriptions'][number];

const MAX_PACKET_ID = 65_535;

/** Filters in one SUBSCRIBE when subscriptions are restored: there are brokers that take no more. */
const RESTORE_BATCH = 8;

type Acknowledgement = Exclude<AcknowledgementPacket, PubrelPacket> | SubackPacket;

/**
 * The client's half of an MQTT session, without any I/O: fed with packets and with the application's wishes, it
 * says through its effects what to send and what to deliver. It outlives connections; `connected` tells whether
 * the broker's half did.
 */
export interface Session {
  /** Exchanges that wait for an acknowledgement. */
  readonly inflightCount: number;
  /** Packets that wait for their turn. */
  readonly queuedCount: number;
  /**
   * Sends the message, or queues it while there is no connection or too much in flight. It settles when a QoS 0
   * message is sent, a QoS 1 message has its PUBACK, a QoS 2 message its PUBCOMP. Throws QueueFullError.
   */
  publish(message: PublishPacket, settle: Settle): Exchange;
  /** Asks for subscriptions; what is granted is asked for again whenever the broker has lost the session. */
  subscribe(subscriptions: SubscribePacket['subscriptions'], settle: Settle): Exchange;
  unsubscribe(topicFilters: readonly string[], settle: Settle): Exchange;
  /** Whether the broker has granted this, or may do so. */
  isSubscribed(topicFilter: string): boolean;
  /** Takes back what waits for its turn. Returns false when it was sent already, and cannot be taken back. */
  cancel(exchange: Exchange): boolean;
  /** Takes up, in its order, what an earlier process kept, before the first connection. Exchanges settle with `settle`. */
  restore(records: Iterable<readonly [key: string, record: SessionRecord]>, settle: Settle): void;
  /**
   * A connection is accepted: restores what the broker has lost, then sends again what is not acknowledged.
   *
   * @param isInDoubt a CONNECT before this one has had no answer: the session that is present may have begun with that
   */
  connected(sessionPresent: boolean, isInDoubt?: boolean): void;
  /** The connection is gone; what it did not acknowledge stays in flight [MQTT-4.1.0-1]. */
  disconnected(): void;
  /** Ends the session: everything that waits settles with this error. */
  end(error: Error): void;
  /**
   * Takes a packet from the broker, other than CONNACK and PINGRESP. Throws ProtocolError, or QueueFullError while
   * `deliver` has given out 100,000 messages that are not processed: the connection must end.
   */
  receive(packet: Packet): void;
  /** The application has processed the message: it is acknowledged as soon as those before it are. */
  accept(receipt: Receipt): void;
  /** The application failed: the message stays unacknowledged, and comes again with the next connection. */
  reject(receipt: Receipt): void;
}

export function createSession(effects: SessionEffects, options: SessionOptions = {}): Session {
  const { maxInflight = 1_000, maxQueued = 10_000 } = options;
  if (!(maxInflight >= 1)) throw new RangeError(`maxInflight must be at least 1, not ${maxInflight}`);
  return new ClientSession(effects, Math.min(maxInflight, MAX_PACKET_ID), maxQueued);
}

// a class: a closure for each of its functions would be most of what a session takes (measured)
class ClientSession implements Session {
  private readonly effects: SessionEffects;
  private readonly maxInflight: number;
  private readonly maxQueued: number;
  private readonly inbound: Inbound;
  private isOnline = false;
  private lastPacketId = 0;
  /** What waits for an acknowledgement, in the order in which it is sent again. */
  private readonly inflight = new Map<number, Exchange>();
  private readonly publishes: Queue<Exchange> = new Set(); // that wait for their turn
  /** SUBSCRIBE and UNSUBSCRIBE before they have an identifier: they never wait behind publishes. */
  private readonly requests: Queue<Exchange> = new Set();
  private readonly granted = new Map<string, Subscription>();

  constructor(effects: SessionEffects, maxInflight: number, maxQueued: number) {
    this.effects = effects;
    this.maxInflight = maxInflight;
    this.maxQueued = maxQueued;
    this.inbound = new Inbound(effects);
  }

  get inflightCount(): number {
    return this.inflight.size;
  }

  get queuedCount(): number {
    return this.publishes.size + this.requests.size;
  }

  // ---- what goes out

  publish(packet: PublishPacket, settle: Settle): Exchange {
    const { publishes, maxQueued } = this;
    const exchange: Exchange = { packet, settle, key: '' };
    if (this.isOnline && packet.qos === 0) {
      this.start(exchange);
      return exchange;
    }
    publishes.add(exchange);
    this.pump();
    if (publishes.size > maxQueued) {
      publishes.delete(exchange);
      throw new QueueFullError(maxQueued);
    }
    if (packet.qos > 0 && publishes.has(exchange)) this.remember(exchange);
    return exchange;
  }

  subscribe(subscriptions: readonly Subscription[], settle: Settle): Exchange {
    return this.request({ type: SUBSCRIBE, packetId: 0, subscriptions }, settle);
  }

  unsubscribe(topicFilters: readonly string[], settle: Settle): Exchange {
    this.revoke(topicFilters);
    return this.request({ type: UNSUBSCRIBE, packetId: 0, topicFilters }, settle);
  }

  private request(packet: SubscribePacket | UnsubscribePacket, settle: Settle): Exchange {
    const exchange: Exchange = { packet, settle, key: '' };
    this.requests.add(exchange);
    this.startAll(this.requests, MAX_PACKET_ID);
    return exchange;
  }

  cancel(exchange: Exchange): boolean {
    const isCancelled = this.publishes.delete(exchange) || this.requests.delete(exchange);
    if (isCancelled) this.forget(exchange);
    return isCancelled;
  }

  private pump(): void {
    this.startAll(this.requests, MAX_PACKET_ID);
    this.startAll(this.publishes, this.maxInflight);
  }

  private startAll(waiting: Queue<Exchange>, limit: number): void {
    while (this.isOnline && this.inflight.size < limit) {
      const exchange = firstOf(waiting);
      if (!exchange) return;
      waiting.delete(exchange);
      this.start(exchange);
    }
  }

  private start(exchange: Exchange): void {
    const { packet, settle } = exchange;
    const { inflight, effects } = this;
    if (packet.type === PUBLISH && packet.qos === 0) {
      effects.send(packet);
      return settle(undefined);
    }
    // the next identifier that is not in use [MQTT-2.3.1-2]: there is one, or it would wait
    let packetId = this.lastPacketId;
    do packetId = (packetId % MAX_PACKET_ID) + 1;
    while (inflight.has(packetId));
    this.lastPacketId = packetId;
    exchange.packet = { ...packet, packetId };
    inflight.set(packetId, exchange);
    if (packet.type === PUBLISH) this.remember(exchange);
    effects.send(exchange.packet);
  }

  // ---- what comes in

  receive(packet: Packet): void {
    switch (packet.type) {
      case PUBLISH:
        return this.inbound.receive(packet);
      case PUBREL:
        return this.inbound.release(packet.packetId);
      case PUBACK:
      case PUBREC:
      case PUBCOMP:
      case SUBACK:
      case UNSUBACK:
        return this.receiveAcknowledgement(packet);
      default:
        throw new ProtocolError('§2.2.1', `a server never sends packet type ${packet.type} here`);
    }
  }

  accept(receipt: Receipt): void {
    this.inbound.processed(receipt, 'accepted');
  }

  reject(receipt: Receipt): void {
    this.inbound.processed(receipt, 'rejected');
  }

  /** The broker has answered. Table 2.1 lists the answers right behind what they answer, and PUBREC among them. */
  private receiveAcknowledgement(answer: Acknowledgement): void {
    const { type, packetId } = answer;
    const isPubrec = type === PUBREC;
    const exchange = this.inflight.get(packetId);
    // what nobody knows any more is answered, so that the broker can forget it too
    if (!exchange) return isPubrec ? this.effects.send(pubrel(packetId)) : undefined;
    const { packet } = exchange;
    const isQos2 = packet.type === PUBREL || (packet.type === PUBLISH && packet.qos === 2);
    if (isPubrec && isQos2) return this.release(exchange);
    if (type !== packet.type + 1)
      throw new ProtocolError(
        type >= SUBACK ? 'MQTT-2.3.1-7' : 'MQTT-2.3.1-6',
        `packet type ${type} answers packet type ${packet.type} with packetId ${packetId}`,
      );
    let error: Error | undefined;
    if (type === PUBACK && isQos2)
      error = new ProtocolError('MQTT-4.3.3-1', 'the broker downgraded a QoS 2 PUBLISH to QoS 1: its answer is PUBACK');
    if (type === SUBACK) this.grant(packet as SubscribePacket, answer.returnCodes);
    if (type === UNSUBACK) this.revoke((packet as UnsubscribePacket).topicFilters);
    this.finish(exchange, error, (answer as SubackPacket).returnCodes);
    this.pump();
  }

  private release(exchange: Exchange): void {
    const { packetId } = exchange.packet;
    exchange.packet = pubrel(packetId);
    // to the end: PUBRELs are sent in the order of their PUBRECs, also when sent again [MQTT-4.6.0-4]
    this.inflight.delete(packetId);
    this.inflight.set(packetId, exchange);
    this.forget(exchange);
    this.remember(exchange);
    this.effects.send(exchange.packet);
  }

  private finish(exchange: Exchange, error?: Error, returnCodes?: readonly SubackReturnCode[]): void {
    this.inflight.delete(exchange.packet.packetId); // free again only now [MQTT-2.3.1-3]
    this.forget(exchange);
    exchange.settle(error, returnCodes);
  }

  // ---- connections

  connected(sessionPresent: boolean, isInDoubt = false): void {
    this.isOnline = true;
    this.inbound.connected(sessionPresent, isInDoubt);
    let again = [...this.inflight.values()];
    if (!sessionPresent || isInDoubt) {
      // an old UNSUBSCRIBE must not come behind a new SUBSCRIBE to the same
      for (const exchange of again.filter(isRequest)) this.resend(exchange, sessionPresent);
      again = again.filter((exchange) => !isRequest(exchange));
      this.restoreSubscriptions();
    }
    for (const exchange of again) this.resend(exchange, sessionPresent);
    this.pump();
  }

  private resend(exchange: Exchange, sessionPresent: boolean): void {
    const { packet } = exchange;
    if (packet.type === PUBREL && !sessionPresent) {
      const message = 'the broker lost the session after its PUBREC: whether it delivered the message is unknown';
      return this.finish(exchange, new ProtocolError('MQTT-3.1.2-4', message));
    }
    // to a broker without the session it is a new message, with DUP 0 [MQTT-3.3.1-1]
    this.effects.send(packet.type === PUBLISH && sessionPresent ? { ...packet, dup: true } : packet);
  }

  disconnected(): void {
    this.isOnline = false;
    this.inbound.disconnected();
  }

  end(error: Error): void {
    const { inflight, requests, publishes, inbound } = this;
    this.disconnected();
    const waiting = [...inflight.values(), ...requests, ...publishes];
    for (const each of [inflight, requests, publishes]) each.clear();
    publishes.line = undefined;
    inbound.end();
    for (const { settle } of waiting) settle(error);
  }

  // ---- subscriptions

  isSubscribed(topicFilter: string): boolean {
    return this.granted.has(topicFilter) || this.filtersUnderWay(SUBSCRIBE).has(topicFilter);
  }

  private grant({ subscriptions }: SubscribePacket, returnCodes: readonly SubackReturnCode[]): void {
    if (returnCodes.length !== subscriptions.length)
      throw new ProtocolError('MQTT-3.8.4-5', `${returnCodes.length} return codes for ${subscriptions.length} filters`);
    const left = this.filtersUnderWay(UNSUBSCRIBE); // before the answer came
    subscriptions.forEach((subscription, i) => {
      const { topicFilter } = subscription;
      if (returnCodes[i] !== 0x80 && !left.has(topicFilter)) this.granted.set(topicFilter, subscription);
    });
  }

  private revoke(topicFilters: readonly string[]): void {
    for (const topicFilter of topicFilters) this.granted.delete(topicFilter);
  }

  private restoreSubscriptions(): void {
    const asked = this.filtersUnderWay(SUBSCRIBE); // not asked for twice
    const lost = [...this.granted.values()].filter(({ topicFilter }) => !asked.has(topicFilter));
    while (lost.length > 0) {
      const batch = lost.splice(0, RESTORE_BATCH);
      this.subscribe(batch, (_error, returnCodes) => {
        returnCodes?.forEach((code, i) => {
          if (code === 0x80) this.effects.restoreFailed(batch[i]!.topicFilter);
        });
      });
    }
  }

  // what requests that have no answer yet are about
  private filtersUnderWay(type: PacketType): Set<string> {
    const all = [...this.inflight.values(), ...this.requests].filter(({ packet }) => packet.type === type);
    return new Set(all.flatMap(({ packet }) => filtersOf(packet as SubscribePacket | UnsubscribePacket)));
  }

  // ---- records

  restore(records: Iterable<readonly [key: string, record: SessionRecord]>, settle: Settle): void {
    for (const [key, packet] of records) {
      const { packetId } = packet;
      if (packet.type === PUBREC) this.inbound.restore(packetId, key);
      else if (packetId === 0) this.publishes.add({ packet, settle, key });
      else this.inflight.set(packetId, { packet, settle, key });
    }
  }

  private remember(exchange: Exchange): void {
    this.effects.keep?.(exchange, exchange.packet as SessionRecord);
  }

  private forget(exchange: Exchange): void {
    this.effects.keep?.(exchange, undefined);
  }
}

const isRequest = ({ packet: { type } }: Exchange) => type === SUBSCRIBE || type === UNSUBSCRIBE;

function filtersOf(packet: SubscribePacket | UnsubscribePacket): readonly string[] {
  if (packet.type === UNSUBSCRIBE) return packet.topicFilters;
  return packet.subscriptions.map(({ topicFilter }) => topicFilter);
}
