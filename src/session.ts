// 4.1 and 4.3 to 4.6: packet identifiers, QoS 1 and 2 as their sender, and what outlives a connection.
import { ProtocolError, QueueFullError } from './errors.ts';
import { createInbound, type InboundEffects, type Receipt, type RecordOwner, type SessionRecord } from './inbound.ts';
import { type AcknowledgementPacket, type PubrelPacket, pubrel } from './packets/acknowledgement.ts';
import type { Packet } from './packets/index.ts';
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
} from './packets/packet.ts';
import type { PublishPacket } from './packets/publish.ts';
import type { SubackPacket, SubackReturnCode } from './packets/suback.ts';
import type { SubscribePacket } from './packets/subscribe.ts';
import type { UnsubscribePacket } from './packets/unsubscribe.ts';
import { firstOf, type Queue } from './queue.ts';

export type { Receipt, RecordOwner, SessionRecord } from './inbound.ts';

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

export function createSession(
  effects: SessionEffects,
  { maxInflight = 1_000, maxQueued = 10_000 }: SessionOptions = {},
): Session {
  const { send, restoreFailed, keep } = effects;
  if (!(maxInflight >= 1)) throw new RangeError(`maxInflight must be at least 1, not ${maxInflight}`);
  let isOnline = false;
  let lastPacketId = 0;
  /** What waits for an acknowledgement, in the order in which it is sent again. */
  const inflight = new Map<number, Exchange>();
  const publishes: Queue<Exchange> = new Set(); // that wait for their turn
  /** SUBSCRIBE and UNSUBSCRIBE before they have an identifier: they never wait behind publishes. */
  const requests: Queue<Exchange> = new Set();
  const granted = new Map<string, Subscription>();
  const inbound = createInbound(effects);

  // ---- what goes out

  function publish(packet: PublishPacket, settle: Settle): Exchange {
    const exchange: Exchange = { packet, settle, key: '' };
    if (isOnline && packet.qos === 0) {
      start(exchange);
      return exchange;
    }
    publishes.add(exchange);
    pump();
    if (publishes.size > maxQueued) {
      publishes.delete(exchange);
      throw new QueueFullError(maxQueued);
    }
    if (packet.qos > 0 && publishes.has(exchange)) remember(exchange);
    return exchange;
  }

  function request(packet: SubscribePacket | UnsubscribePacket, settle: Settle): Exchange {
    const exchange: Exchange = { packet, settle, key: '' };
    requests.add(exchange);
    startAll(requests, MAX_PACKET_ID);
    return exchange;
  }

  function subscribe(subscriptions: readonly Subscription[], settle: Settle): Exchange {
    return request({ type: SUBSCRIBE, packetId: 0, subscriptions }, settle);
  }

  function pump(): void {
    startAll(requests, MAX_PACKET_ID);
    startAll(publishes, Math.min(maxInflight, MAX_PACKET_ID));
  }

  function startAll(waiting: Queue<Exchange>, limit: number): void {
    while (isOnline && inflight.size < limit) {
      const exchange = firstOf(waiting);
      if (!exchange) return;
      waiting.delete(exchange);
      start(exchange);
    }
  }

  function start(exchange: Exchange): void {
    const { packet, settle } = exchange;
    if (packet.type === PUBLISH && packet.qos === 0) {
      send(packet);
      return settle(undefined);
    }
    // the next identifier that is not in use [MQTT-2.3.1-2]: there is one, or it would wait
    do lastPacketId = (lastPacketId % MAX_PACKET_ID) + 1;
    while (inflight.has(lastPacketId));
    exchange.packet = { ...packet, packetId: lastPacketId };
    inflight.set(lastPacketId, exchange);
    if (packet.type === PUBLISH) remember(exchange);
    send(exchange.packet);
  }

  /** The broker has answered. Table 2.1 lists the answers right behind what they answer, and PUBREC among them. */
  function receiveAcknowledgement(answer: Acknowledgement): void {
    const { type, packetId } = answer;
    const isPubrec = type === PUBREC;
    const exchange = inflight.get(packetId);
    // what nobody knows any more is answered, so that the broker can forget it too
    if (!exchange) return isPubrec ? send(pubrel(packetId)) : undefined;
    const { packet } = exchange;
    const isQos2 = packet.type === PUBREL || (packet.type === PUBLISH && packet.qos === 2);
    if (isPubrec && isQos2) return release(exchange);
    if (type !== packet.type + 1)
      throw new ProtocolError(
        type >= SUBACK ? 'MQTT-2.3.1-7' : 'MQTT-2.3.1-6',
        `packet type ${type} answers packet type ${packet.type} with packetId ${packetId}`,
      );
    let error: Error | undefined;
    if (type === PUBACK && isQos2)
      error = new ProtocolError('MQTT-4.3.3-1', 'the broker downgraded a QoS 2 PUBLISH to QoS 1: its answer is PUBACK');
    if (type === SUBACK) grant(packet as SubscribePacket, answer.returnCodes);
    if (type === UNSUBACK) revoke((packet as UnsubscribePacket).topicFilters);
    finish(exchange, error, (answer as SubackPacket).returnCodes);
    pump();
  }

  function release(exchange: Exchange): void {
    const { packetId } = exchange.packet;
    exchange.packet = pubrel(packetId);
    // to the end: PUBRELs are sent in the order of their PUBRECs, also when sent again [MQTT-4.6.0-4]
    inflight.delete(packetId);
    inflight.set(packetId, exchange);
    forget(exchange);
    remember(exchange);
    send(exchange.packet);
  }

  function finish(exchange: Exchange, error?: Error, returnCodes?: readonly SubackReturnCode[]): void {
    inflight.delete(exchange.packet.packetId); // free again only now [MQTT-2.3.1-3]
    forget(exchange);
    exchange.settle(error, returnCodes);
  }

  function resend(exchange: Exchange, sessionPresent: boolean): void {
    const { packet } = exchange;
    if (packet.type === PUBREL && !sessionPresent) {
      const message = 'the broker lost the session after its PUBREC: whether it delivered the message is unknown';
      return finish(exchange, new ProtocolError('MQTT-3.1.2-4', message));
    }
    // to a broker without the session it is a new message, with DUP 0 [MQTT-3.3.1-1]
    send(packet.type === PUBLISH && sessionPresent ? { ...packet, dup: true } : packet);
  }

  // ---- subscriptions

  function grant({ subscriptions }: SubscribePacket, returnCodes: readonly SubackReturnCode[]): void {
    if (returnCodes.length !== subscriptions.length)
      throw new ProtocolError('MQTT-3.8.4-5', `${returnCodes.length} return codes for ${subscriptions.length} filters`);
    const left = filtersUnderWay(UNSUBSCRIBE); // before the answer came
    subscriptions.forEach((subscription, i) => {
      const { topicFilter } = subscription;
      if (returnCodes[i] !== 0x80 && !left.has(topicFilter)) granted.set(topicFilter, subscription);
    });
  }

  function revoke(topicFilters: readonly string[]): void {
    for (const topicFilter of topicFilters) granted.delete(topicFilter);
  }

  function restoreSubscriptions(): void {
    const asked = filtersUnderWay(SUBSCRIBE); // not asked for twice
    const lost = [...granted.values()].filter(({ topicFilter }) => !asked.has(topicFilter));
    while (lost.length > 0) {
      const batch = lost.splice(0, RESTORE_BATCH);
      subscribe(batch, (_error, returnCodes) => {
        returnCodes?.forEach((code, i) => {
          if (code === 0x80) restoreFailed(batch[i]!.topicFilter);
        });
      });
    }
  }

  // what requests that have no answer yet are about
  function filtersUnderWay(type: PacketType): Set<string> {
    const all = [...inflight.values(), ...requests].filter(({ packet }) => packet.type === type);
    return new Set(all.flatMap(({ packet }) => filtersOf(packet as SubscribePacket | UnsubscribePacket)));
  }

  // ---- records

  function remember(exchange: Exchange): void {
    keep?.(exchange, exchange.packet as SessionRecord);
  }

  function forget(exchange: Exchange): void {
    keep?.(exchange, undefined);
  }

  function disconnected(): void {
    isOnline = false;
    inbound.disconnected();
  }

  return {
    get inflightCount() {
      return inflight.size;
    },
    get queuedCount() {
      return publishes.size + requests.size;
    },
    publish,
    subscribe,
    unsubscribe(topicFilters, settle) {
      revoke(topicFilters);
      return request({ type: UNSUBSCRIBE, packetId: 0, topicFilters }, settle);
    },
    isSubscribed: (topicFilter) => granted.has(topicFilter) || filtersUnderWay(SUBSCRIBE).has(topicFilter),
    cancel(exchange) {
      const isCancelled = publishes.delete(exchange) || requests.delete(exchange);
      if (isCancelled) forget(exchange);
      return isCancelled;
    },
    restore(records, settle) {
      for (const [key, packet] of records) {
        const { packetId } = packet;
        if (packet.type === PUBREC) inbound.restore(packetId, key);
        else if (packetId === 0) publishes.add({ packet, settle, key });
        else inflight.set(packetId, { packet, settle, key });
      }
    },
    connected(sessionPresent, isInDoubt = false) {
      isOnline = true;
      inbound.connected(sessionPresent, isInDoubt);
      let again = [...inflight.values()];
      if (!sessionPresent || isInDoubt) {
        // an old UNSUBSCRIBE must not come behind a new SUBSCRIBE to the same
        for (const exchange of again.filter(isRequest)) resend(exchange, sessionPresent);
        again = again.filter((exchange) => !isRequest(exchange));
        restoreSubscriptions();
      }
      for (const exchange of again) resend(exchange, sessionPresent);
      pump();
    },
    disconnected,
    end(error) {
      disconnected();
      const waiting = [...inflight.values(), ...requests, ...publishes];
      for (const each of [inflight, requests, publishes]) each.clear();
      publishes.line = [];
      inbound.end();
      for (const { settle } of waiting) settle(error);
    },
    receive(packet) {
      switch (packet.type) {
        case PUBLISH:
          return inbound.receive(packet);
        case PUBREL:
          return inbound.release(packet.packetId);
        case PUBACK:
        case PUBREC:
        case PUBCOMP:
        case SUBACK:
        case UNSUBACK:
          return receiveAcknowledgement(packet);
        default:
          throw new ProtocolError('§2.2.1', `a server never sends packet type ${packet.type} here`);
      }
    },
    accept: inbound.accept,
    reject: inbound.reject,
  };
}

const isRequest = ({ packet: { type } }: Exchange) => type === SUBSCRIBE || type === UNSUBSCRIBE;

function filtersOf(packet: SubscribePacket | UnsubscribePacket): readonly string[] {
  if (packet.type === UNSUBSCRIBE) return packet.topicFilters;
  return packet.subscriptions.map(({ topicFilter }) => topicFilter);
}
