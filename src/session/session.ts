// Chapter 4: the client's half of a session.
import type { Packet, PublishPacket, SubscribePacket } from '../codec/codec.ts';
import { ClientSession } from './client-session.ts';
import type { Receipt } from './receiver.ts';
import { type Exchange, MAX_PACKET_ID, type Settle } from './sender.ts';
import type { RecordOwner, SessionRecord } from './store.ts';

export type { Receipt } from './receiver.ts';
export type { Exchange, Settle } from './sender.ts';
export type { RecordOwner, SessionRecord } from './store.ts';

/** What a session asks its owner to do, at once and in this order. */
export interface SessionEffects {
  /** Send this packet on the present connection. */
  send(packet: Packet): void;
  /** Give this message to the application, and its receipt to `accept` or `reject` when that is done with it. */
  deliver(message: PublishPacket, receipt: Receipt): void;
  /** Keep this record for a later process, or forget it, before what is sent next is sent. */
  keep?: ((owner: RecordOwner, record: SessionRecord | undefined) => void) | undefined;
  /** The broker lost the session and now refuses a filter that it had granted. */
  restoreFailed(topicFilter: string): void;
}

export interface SessionOptions {
  /**
   * Publishes that may wait for their acknowledgement at a time, 1 to 65,535: of QoS 1 and of QoS 2. A number is for each
   * of the two. Default: 100 and 20, since there are brokers that stop taking messages beyond, or lose them.
   */
  readonly maxInflight?:
    | number
    | { readonly qos1?: number | undefined; readonly qos2?: number | undefined }
    | undefined;
  /** Publishes that may wait for their turn; 10,000 by default. */
  readonly maxQueued?: number | undefined;
  /**
   * The packet identifier to begin with, 1 to 65,535; 1 by default. The broker may have a session that is older than this
   * one, and take a QoS 2 message for one that it knows: a random identifier makes that unlikely.
   */
  readonly firstPacketId?: number | undefined;
}

/**
 * The client's half of an MQTT session, without any I/O. It is told which packets come and what the application wants,
 * and says through its effects what to send and what to deliver. It outlives connections; `connected` tells it whether
 * the broker's half did.
 */
export interface Session {
  /** Whether there is a connection that was accepted. */
  readonly isOnline: boolean;
  /** Exchanges that wait for an acknowledgement. */
  readonly inflightCount: number;
  /** Packets that wait for their turn. */
  readonly queuedCount: number;
  /**
   * Whether the next connection sends what is in flight one by one, each when the one before is done, and then all else. It
   * is false again when all of it is done.
   */
  isCareful: boolean;
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
  /**
   * Takes back what waits for its turn. Returns false when it was sent already. With a reason, it is then not sent again once
   * the broker has lost the session, and fails with that.
   */
  cancel(exchange: Exchange, reason?: Error): boolean;
  /** Takes over, before the first connection, the records of an earlier process in their order. */
  restore(records: Iterable<readonly [key: string, record: SessionRecord]>, settle: Settle): void;
  /**
   * A connection is accepted. Restores what the broker has lost, then sends again what is not acknowledged.
   *
   * @param isInDoubt a CONNECT before this one had no answer, so that the present session may have begun with it
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
  /** The decoder refused this packet with this error. If it answers a request or a publish, that is rejected. */
  refused(packet: Packet, error: Error): void;
  /** The application has processed the message: it is acknowledged as soon as those before it are. */
  accept(receipt: Receipt): void;
  /** The application failed: the message stays unacknowledged, and comes again with the next connection. */
  reject(receipt: Receipt): void;
}

const DEFAULT_LIMITS = [MAX_PACKET_ID, 100, 20]; // an array for each of many sessions would take memory

export function createSession(effects: SessionEffects, options: SessionOptions = {}): Session {
  const { maxInflight = {}, maxQueued = 10_000, firstPacketId = 1 } = options;
  const all = typeof maxInflight === 'number' ? maxInflight : undefined;
  const { qos1 = all ?? 100, qos2 = all ?? 20 } = maxInflight as { qos1?: number; qos2?: number };
  if (!(qos1 >= 1 && qos2 >= 1)) throw new RangeError('maxInflight must be at least 1');
  const limits = qos1 === 100 && qos2 === 20 ? DEFAULT_LIMITS : [MAX_PACKET_ID, qos1, qos2];
  return new ClientSession(effects, limits, maxQueued, firstPacketId);
}
