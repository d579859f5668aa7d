// 4.1 and 4.3 to 4.6: packet identifiers, QoS 1 and 2 in both directions, and what outlives a connection.
import { ProtocolError, QueueFullError } from './errors.ts';
import {
  type AcknowledgementPacket,
  type PubrecPacket,
  type PubrelPacket,
  puback,
  pubcomp,
  pubrec,
  pubrel,
} from './packets/acknowledgement.ts';
import type { Packet } from './packets/index.ts';
import { PacketType, type QoS } from './packets/packet.ts';
import { type PublishPacket, publish } from './packets/publish.ts';
import type { SubackPacket, SubackReturnCode } from './packets/suback.ts';
import { type SubscribePacket, subscribe } from './packets/subscribe.ts';
import { type UnsubscribePacket, unsubscribe } from './packets/unsubscribe.ts';

/** What a session asks its owner to do, at once and in this order. */
export interface SessionEffects {
  /** Send this packet on the present connection. */
  send(packet: Packet): void;
  /** Give this message to the application, and its receipt to `accept` or `reject` when that is done with it. */
  deliver(message: PublishPacket, receipt: Receipt): void;
  /** The broker lost the session and now refuses a filter that it had granted. */
  restoreFailed(topicFilter: string): void;
  /** Keep this record for a later process, or forget it, before what is sent next is sent. */
  keep?(key: string, record: SessionRecord | undefined): void;
}

/**
 * What outlives the process is the packet that would be sent next: a PUBLISH (without an identifier while it waits for
 * its turn), its PUBREL, or the PUBREC of a QoS 2 message received. Records of publishes are in the order of their keys.
 */
export type SessionRecord = PublishPacket | PubrelPacket | PubrecPacket;

/** An inbound message on its way through the application. */
export interface Receipt {
  readonly qos: QoS;
  readonly packetId: number;
  state: 'processing' | 'accepted' | 'rejected';
}

/** Called exactly once: with an error, or without one and, after a SUBSCRIBE, with the codes of its SUBACK. */
export type Settle = (error: Error | undefined, returnCodes?: readonly SubackReturnCode[]) => void;

/** An outbound packet that waits for its turn, or for its acknowledgement. */
export interface Exchange {
  packet: PublishPacket | PubrelPacket | SubscribePacket | UnsubscribePacket;
  state: 'queued' | 'published1' | 'published2' | 'released' | 'subscribing' | 'unsubscribing';
  settle: Settle;
  /** Of its record; '': it has none. */
  key: string;
}

export interface SessionOptions {
  /** Exchanges that may wait for an acknowledgement at a time, 1 to 65,535; 1,000 by default. */
  readonly maxInflight?: number | undefined;
  /** Publishes that may wait for their turn; 10,000 by default. */
  readonly maxQueued?: number | undefined;
}

type Acknowledgement = AcknowledgementPacket | SubackPacket;

/** 4.3: what an acknowledgement does in each state. One that is not listed belongs to another kind of packet. */
const TRANSITIONS = {
  queued: {},
  published1: { [PacketType.PUBACK]: 'complete' },
  published2: { [PacketType.PUBACK]: 'downgrade', [PacketType.PUBREC]: 'release' },
  released: { [PacketType.PUBREC]: 'release', [PacketType.PUBCOMP]: 'complete' },
  subscribing: { [PacketType.SUBACK]: 'grant' },
  unsubscribing: { [PacketType.UNSUBACK]: 'complete' },
} as const satisfies Record<
  Exchange['state'],
  { [packetType: number]: 'complete' | 'downgrade' | 'release' | 'grant' }
>;

const MAX_PACKET_ID = 65_535;

/** Filters in one SUBSCRIBE when subscriptions are restored: there are brokers that take no more. */
const RESTORE_BATCH = 8;

/**
 * The client's half of an MQTT session, without any I/O: fed with packets and with the application's wishes, it
 * says through its effects what to send and what to deliver. It outlives connections; `connected` tells whether
 * the broker's half did.
 */
export class Session {
  private readonly effects: SessionEffects;
  private readonly maxInflight: number;
  private readonly maxQueued: number;
  private online = false;
  private lastPacketId = 0;
  private lastKey = 0;
  /** What waits for an acknowledgement, in the order in which it is sent again. */
  private readonly inflight = new Map<number, Exchange>();
  private readonly queue = new Set<Exchange>();
  /** SUBSCRIBE and UNSUBSCRIBE before they have an identifier: they never wait behind publishes. */
  private readonly urgent = new Set<Exchange>();
  private readonly subscriptions = new Map<string, QoS>();
  /** QoS 2 messages received and not yet released, over all connections of the session. */
  private readonly received = new Map<number, Receipt>();
  /** Identifiers of those that may belong to a session before this one. */
  private readonly doubtful = new Set<number>();
  /** What this connection still has to acknowledge, in order of arrival [MQTT-4.6.0-2, MQTT-4.6.0-3]. */
  private readonly pubacks = new Set<Receipt>();
  private readonly pubrecs = new Set<Receipt>();

  constructor(effects: SessionEffects, { maxInflight = 1_000, maxQueued = 10_000 }: SessionOptions = {}) {
    if (!(maxInflight >= 1)) throw new RangeError(`maxInflight must be at least 1, not ${maxInflight}`);
    this.effects = effects;
    this.maxInflight = Math.min(maxInflight, MAX_PACKET_ID);
    this.maxQueued = maxQueued;
  }

  /** Exchanges that wait for an acknowledgement. */
  get inflightCount(): number {
    return this.inflight.size;
  }

  /** Packets that wait for their turn. */
  get queuedCount(): number {
    return this.queue.size + this.urgent.size;
  }

  /**
   * Sends the message, or queues it while there is no connection or too much in flight. It settles when a QoS 0
   * message is sent, a QoS 1 message has its PUBACK, a QoS 2 message its PUBCOMP. Throws QueueFullError.
   */
  publish(message: PublishPacket, settle: Settle): Exchange {
    const exchange: Exchange = { packet: message, state: 'queued', settle, key: '' };
    if (this.online && message.qos === 0) {
      this.start(exchange);
      return exchange;
    }
    if (this.queue.size >= this.maxQueued && !this.hasRoom()) throw new QueueFullError(this.maxQueued);
    this.queue.add(exchange);
    this.pump();
    if (exchange.state === 'queued' && message.qos > 0) this.keep(exchange, message);
    return exchange;
  }

  /** Asks for subscriptions; what is granted is asked for again whenever the broker has lost the session. */
  subscribe(subscriptions: SubscribePacket['subscriptions'], settle: Settle): Exchange {
    return this.request(subscribe({ packetId: 0, subscriptions }), settle);
  }

  unsubscribe(topicFilters: readonly string[], settle: Settle): Exchange {
    this.forget(topicFilters);
    return this.request(unsubscribe({ packetId: 0, topicFilters }), settle);
  }

  /** Whether the broker has granted this, or may do so. */
  isSubscribed(topicFilter: string): boolean {
    return this.subscriptions.has(topicFilter) || this.filtersUnderWay(PacketType.SUBSCRIBE).has(topicFilter);
  }

  /** Takes back what waits for its turn. Returns false when it was sent already, and cannot be taken back. */
  cancel(exchange: Exchange): boolean {
    const isCancelled = this.queue.delete(exchange) || this.urgent.delete(exchange);
    if (isCancelled) this.forgetRecord(exchange);
    return isCancelled;
  }

  /** Takes up what an earlier process has kept, before the first connection; its exchanges settle with `settle`. */
  restore(records: Iterable<readonly [key: string, record: SessionRecord]>, settle: Settle): void {
    const inOrder = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, record] of inOrder) {
      const { type, packetId } = record;
      if (type === PacketType.PUBREC) {
        this.received.set(packetId, { qos: 2, packetId, state: 'accepted' });
        this.doubtful.add(packetId); // the process may have ended before it could forget
        continue;
      }
      this.lastKey = Number.parseInt(key.slice(OUTBOUND.length), 36);
      const state = packetId === 0 ? 'queued' : stateOf(record);
      const exchange: Exchange = { packet: record, state, settle, key };
      if (packetId === 0) this.queue.add(exchange);
      else this.inflight.set(packetId, exchange);
    }
  }

  /**
   * A connection is accepted: restores what the broker has lost, then sends again what is not acknowledged.
   *
   * @param isInDoubt a CONNECT before this one has had no answer: the session that is present may have begun with that
   */
  connected(sessionPresent: boolean, isInDoubt = false): void {
    this.online = true;
    let unacknowledged = [...this.inflight];
    if (!sessionPresent) for (const packetId of this.received.keys()) this.forgetReceived(packetId);
    if (isInDoubt) for (const packetId of this.received.keys()) this.doubtful.add(packetId);
    if (!sessionPresent || isInDoubt) {
      // an old UNSUBSCRIBE must not come behind a new SUBSCRIBE to the same
      for (const [packetId, exchange] of unacknowledged)
        if (isRequest(exchange)) this.resend(packetId, exchange, sessionPresent);
      unacknowledged = unacknowledged.filter(([, exchange]) => !isRequest(exchange));
      this.restoreSubscriptions();
    }
    for (const [packetId, exchange] of unacknowledged) this.resend(packetId, exchange, sessionPresent);
    this.pump();
  }

  /** The connection is gone; what it did not acknowledge stays in flight [MQTT-4.1.0-1]. */
  disconnected(): void {
    this.online = false;
    this.pubacks.clear();
    this.pubrecs.clear();
  }

  /** Ends the session: everything that waits settles with this error. */
  end(error: Error): void {
    this.disconnected();
    const waiting = [...this.inflight.values(), ...this.urgent, ...this.queue];
    this.inflight.clear();
    this.urgent.clear();
    this.queue.clear();
    this.received.clear();
    for (const exchange of waiting) exchange.settle(error);
  }

  /** Takes a packet from the broker, other than CONNACK and PINGRESP. Throws ProtocolError: the connection must end. */
  receive(packet: Packet): void {
    switch (packet.type) {
      case PacketType.PUBLISH:
        return this.receivePublish(packet);
      case PacketType.PUBREL:
        return this.receiveRelease(packet.packetId);
      case PacketType.PUBACK:
      case PacketType.PUBREC:
      case PacketType.PUBCOMP:
      case PacketType.SUBACK:
      case PacketType.UNSUBACK:
        return this.receiveAcknowledgement(packet);
      default:
        throw new ProtocolError('§2.2.1', `a server never sends packet type ${packet.type} here`);
    }
  }

  /** The application has processed the message: it is acknowledged as soon as those before it are. */
  accept(receipt: Receipt): void {
    receipt.state = 'accepted';
    const { packetId } = receipt;
    if (this.received.get(packetId) === receipt) this.effects.keep?.(receivedKey(packetId), pubrec(packetId));
    this.acknowledge();
  }

  /** The application failed: the message stays unacknowledged, and comes again with the next connection. */
  reject(receipt: Receipt): void {
    receipt.state = 'rejected';
    if (this.received.get(receipt.packetId) === receipt) this.received.delete(receipt.packetId);
    this.acknowledge();
  }

  private receivePublish(message: PublishPacket): void {
    const { qos, packetId, dup } = message;
    // what the session knows comes with DUP [MQTT-3.3.1-1]: this is another
    if (qos === 2 && !dup && this.doubtful.has(packetId)) this.forgetReceived(packetId);
    const known = qos === 2 ? this.received.get(packetId) : undefined;
    const receipt: Receipt = known ?? { qos, packetId, state: 'processing' };
    if (qos === 1) this.pubacks.add(receipt);
    if (qos === 2) {
      this.received.set(packetId, receipt);
      this.pubrecs.add(receipt);
    }
    // a repetition is acknowledged again, never delivered again [MQTT-4.3.3-2]
    if (known !== undefined) return this.acknowledge();
    this.effects.deliver(message, receipt);
  }

  private receiveRelease(packetId: number): void {
    const receipt = this.received.get(packetId);
    if (receipt !== undefined) {
      this.pubrecs.delete(receipt);
      this.forgetReceived(packetId);
    }
    this.effects.send(pubcomp(packetId));
  }

  private forgetReceived(packetId: number): void {
    this.received.delete(packetId);
    this.doubtful.delete(packetId);
    this.effects.keep?.(receivedKey(packetId), undefined);
  }

  private receiveAcknowledgement(packet: Acknowledgement): void {
    const exchange = this.inflight.get(packet.packetId);
    if (exchange === undefined) {
      // nobody knows it any more: answer, so that the broker can forget it too
      if (packet.type === PacketType.PUBREC) this.effects.send(pubrel(packet.packetId));
      return;
    }
    const actions: { [packetType: number]: 'complete' | 'downgrade' | 'release' | 'grant' } =
      TRANSITIONS[exchange.state];
    const action = actions[packet.type];
    if (action === undefined)
      throw new ProtocolError(
        packet.type === PacketType.SUBACK || packet.type === PacketType.UNSUBACK ? 'MQTT-2.3.1-7' : 'MQTT-2.3.1-6',
        `packet type ${packet.type} acknowledges ${packet.packetId}, which is ${exchange.state}`,
      );
    this[action](exchange, packet as SubackPacket);
  }

  private complete(exchange: Exchange, { packetId }: Acknowledgement): void {
    if (exchange.packet.type === PacketType.UNSUBSCRIBE) this.forget(exchange.packet.topicFilters);
    this.finish(packetId, exchange, undefined);
  }

  private downgrade(exchange: Exchange, { packetId }: Acknowledgement): void {
    const message = 'the broker answered a QoS 2 PUBLISH with PUBACK: it downgraded it to QoS 1';
    this.finish(packetId, exchange, new ProtocolError('MQTT-4.3.3-1', message));
  }

  private release(exchange: Exchange, { packetId }: Acknowledgement): void {
    exchange.state = 'released';
    // to the end: PUBRELs are sent in the order of their PUBRECs, also when sent again [MQTT-4.6.0-4]
    this.inflight.delete(packetId);
    this.inflight.set(packetId, exchange);
    this.forgetRecord(exchange);
    this.keep(exchange, pubrel(packetId));
    this.effects.send(pubrel(packetId));
  }

  private grant(exchange: Exchange, { packetId, returnCodes }: SubackPacket): void {
    const { subscriptions } = exchange.packet as SubscribePacket;
    if (returnCodes.length !== subscriptions.length)
      throw new ProtocolError('MQTT-3.8.4-5', `${returnCodes.length} return codes for ${subscriptions.length} filters`);
    const left = this.filtersUnderWay(PacketType.UNSUBSCRIBE); // before the answer came
    subscriptions.forEach(({ topicFilter, qos }, i) => {
      if (returnCodes[i] !== 0x80 && !left.has(topicFilter)) this.subscriptions.set(topicFilter, qos);
    });
    this.finish(packetId, exchange, undefined, returnCodes);
  }

  private finish(packetId: number, exchange: Exchange, error?: Error, returnCodes?: readonly SubackReturnCode[]): void {
    this.inflight.delete(packetId); // free again only now [MQTT-2.3.1-3]
    this.forgetRecord(exchange);
    exchange.settle(error, returnCodes);
    this.pump();
  }

  private acknowledge(): void {
    for (const receipt of this.pubacks) {
      if (receipt.state === 'processing') break;
      this.pubacks.delete(receipt);
      if (receipt.state === 'accepted') this.effects.send(puback(receipt.packetId));
    }
    for (const receipt of this.pubrecs) {
      if (receipt.state === 'processing') break;
      this.pubrecs.delete(receipt);
      if (receipt.state === 'accepted') this.effects.send(pubrec(receipt.packetId));
    }
  }

  private forget(topicFilters: readonly string[]): void {
    for (const topicFilter of topicFilters) this.subscriptions.delete(topicFilter);
  }

  private restoreSubscriptions(): void {
    const asked = this.filtersUnderWay(PacketType.SUBSCRIBE); // not asked for twice
    const lost = [...this.subscriptions].filter(([topicFilter]) => !asked.has(topicFilter));
    const all = lost.map(([topicFilter, qos]) => ({ topicFilter, qos }));
    for (let i = 0; i < all.length; i += RESTORE_BATCH) {
      const batch = all.slice(i, i + RESTORE_BATCH);
      this.subscribe(batch, (_error, returnCodes) => {
        returnCodes?.forEach((code, k) => {
          if (code === 0x80) this.effects.restoreFailed(batch[k]!.topicFilter);
        });
      });
    }
  }

  // what requests that have no answer yet are about
  private filtersUnderWay(type: typeof PacketType.SUBSCRIBE | typeof PacketType.UNSUBSCRIBE): Set<string> {
    const topicFilters = new Set<string>();
    for (const { packet } of [...this.inflight.values(), ...this.urgent]) {
      if (packet.type !== type) continue;
      if (packet.type === PacketType.UNSUBSCRIBE) for (const filter of packet.topicFilters) topicFilters.add(filter);
      else for (const { topicFilter } of packet.subscriptions) topicFilters.add(topicFilter);
    }
    return topicFilters;
  }

  private resend(packetId: number, exchange: Exchange, sessionPresent: boolean): void {
    if (exchange.state === 'released') {
      if (sessionPresent) return this.effects.send(pubrel(packetId));
      const message = 'the broker lost the session after its PUBREC: whether it delivered the message is unknown';
      this.inflight.delete(packetId);
      this.forgetRecord(exchange);
      return exchange.settle(new ProtocolError('MQTT-3.1.2-4', message));
    }
    const { packet } = exchange;
    // to a broker without the session it is a new message, with DUP 0
    const isRepetition = packet.type === PacketType.PUBLISH && sessionPresent; // [MQTT-3.3.1-1]
    this.effects.send(isRepetition ? publish({ ...packet, dup: true }) : packet);
  }

  private request(packet: SubscribePacket | UnsubscribePacket, settle: Settle): Exchange {
    const exchange: Exchange = { packet, state: 'queued', settle, key: '' };
    this.urgent.add(exchange);
    this.sendUrgent();
    return exchange;
  }

  private hasRoom(): boolean {
    return this.online && this.inflight.size < this.maxInflight;
  }

  private sendUrgent(): void {
    for (const exchange of this.urgent) {
      if (!this.online || this.inflight.size === MAX_PACKET_ID) return;
      this.urgent.delete(exchange);
      this.start(exchange);
    }
  }

  private pump(): void {
    this.sendUrgent();
    for (const exchange of this.queue) {
      if (!this.hasRoom()) return;
      this.queue.delete(exchange);
      this.start(exchange);
    }
  }

  private start(exchange: Exchange): void {
    const { packet } = exchange;
    if (packet.type === PacketType.PUBLISH && packet.qos === 0) {
      this.effects.send(packet);
      return exchange.settle(undefined);
    }
    const packetId = this.allocatePacketId();
    exchange.packet = { ...packet, packetId };
    exchange.state = stateOf(packet);
    this.inflight.set(packetId, exchange);
    if (exchange.packet.type === PacketType.PUBLISH) this.keep(exchange, exchange.packet);
    this.effects.send(exchange.packet);
  }

  // under the key it has; one that has none gets the next, so that records are in the order of their keys
  private keep(exchange: Exchange, record: SessionRecord): void {
    if (this.effects.keep === undefined) return;
    if (exchange.key === '') {
      this.lastKey += 1;
      exchange.key = OUTBOUND + this.lastKey.toString(36).padStart(11, '0'); // up to 2 ** 53
    }
    this.effects.keep(exchange.key, record);
  }

  private forgetRecord(exchange: Exchange): void {
    if (exchange.key !== '') this.effects.keep?.(exchange.key, undefined);
    exchange.key = '';
  }

  // the next identifier that is not in use [MQTT-2.3.1-2]; the caller made sure that there is one
  private allocatePacketId(): number {
    do this.lastPacketId = (this.lastPacketId % MAX_PACKET_ID) + 1;
    while (this.inflight.has(this.lastPacketId));
    return this.lastPacketId;
  }
}

const OUTBOUND = 'out/';
const receivedKey = (packetId: number) => `in/${packetId}`;

const isRequest = ({ state }: Exchange) => state === 'subscribing' || state === 'unsubscribing';

/** Of a packet that was sent and is not acknowledged. */
function stateOf(packet: Exchange['packet']): Exchange['state'] {
  if (packet.type === PacketType.SUBSCRIBE) return 'subscribing';
  if (packet.type === PacketType.UNSUBSCRIBE) return 'unsubscribing';
  if (packet.type === PacketType.PUBREL) return 'released';
  return packet.qos === 1 ? 'published1' : 'published2';
}
