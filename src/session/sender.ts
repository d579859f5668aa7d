// 4.3 and 4.4 as the sender has it: packet identifiers, what waits for its turn, and what waits for an acknowledgement.
import type {
  PublishPacket,
  SubackPacket,
  SubackReturnCode,
  SubscribePacket,
  UnsubscribePacket,
} from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import type { AcknowledgementPacket, PubrelPacket } from '../codec/packets/acknowledgement.ts';
import { PUBLISH, PUBREL, SUBSCRIBE } from '../codec/packets/packet.ts';
import type { ClientSession } from './client-session.ts';
import { QueueFullError } from './error.ts';
import { SENDER, type SenderEvent, VIOLATIONS } from './exchange.ts';
import type { Queue } from './queue.ts';
import type { RecordOwner, SessionRecord } from './store.ts';

/** Called exactly once: with an error, or without one and, after a SUBSCRIBE, with the codes of its SUBACK. */
export type Settle = (error: Error | undefined, returnCodes?: readonly SubackReturnCode[]) => void;

/** Something on its way out, until it is acknowledged. */
export interface Exchange extends RecordOwner {
  /** The packet that was sent last or, with identifier 0, waits for its turn. It says how far the exchange has come. */
  packet: PublishPacket | PubrelPacket | SubscribePacket | UnsubscribePacket;
  settle: Settle;
}

export const MAX_PACKET_ID = 65_535;

export function publish(session: ClientSession, packet: PublishPacket, settle: Settle): Exchange {
  const exchange: Exchange = { packet, settle, key: '' };
  if (session.isOnline && packet.qos === 0) {
    start(session, exchange);
    return exchange;
  }
  session.publishes.set(exchange, exchange);
  startAll(session);
  if (session.publishes.size > session.maxQueued) {
    session.publishes.delete(exchange);
    throw new QueueFullError(session.maxQueued);
  }
  if (packet.qos > 0 && exchange.packet === packet) session.effects.keep?.(exchange, packet);
  return exchange;
}

export function request(session: ClientSession, packet: SubscribePacket | UnsubscribePacket, settle: Settle): Exchange {
  const exchange: Exchange = { packet, settle, key: '' };
  session.requests.set(exchange, exchange);
  startFrom(session, session.requests, MAX_PACKET_ID);
  return exchange;
}

/** Starts what waits for its turn, as far as there is room for it in flight. */
export function startAll(session: ClientSession): void {
  startFrom(session, session.requests, MAX_PACKET_ID);
  startFrom(session, session.publishes, session.maxInflight);
}

function startFrom(session: ClientSession, waiting: Queue<Exchange, Exchange>, limit: number): void {
  let exchange = waiting.first;
  while (exchange && session.isOnline && session.inflight.size < limit) {
    waiting.delete(exchange);
    start(session, exchange);
    exchange = waiting.first;
  }
}

function start(session: ClientSession, exchange: Exchange): void {
  const { packet } = exchange;
  if (packet.type === PUBLISH && packet.qos === 0) {
    session.effects.send(packet);
    return exchange.settle(undefined);
  }
  // There is an identifier that is not in use [MQTT-2.3.1-2], because fewer than 65,535 exchanges are in flight.
  do session.lastId = (session.lastId % MAX_PACKET_ID) + 1;
  while (session.inflight.get(session.lastId));
  transmit(session, exchange, { ...packet, packetId: session.lastId });
}

function transmit(session: ClientSession, exchange: Exchange, packet: Exchange['packet']): void {
  exchange.packet = packet;
  session.inflight.set(packet.packetId, exchange);
  const isMessage = packet.type < SUBSCRIBE; // a PUBLISH or its PUBREL
  if (isMessage) session.effects.keep?.(exchange, packet as SessionRecord);
  session.effects.send(packet);
}

/** The broker has answered. */
export function receive(
  session: ClientSession,
  answer: Exclude<AcknowledgementPacket, PubrelPacket> | SubackPacket,
): void {
  const { type, packetId } = answer;
  const exchange = session.inflight.get(packetId);
  if (exchange) {
    step(session, exchange, type, (answer as SubackPacket).returnCodes);
    startAll(session);
  } else if (SENDER[0]![type] === PUBREL) session.effects.send({ type: PUBREL, packetId });
}

/** Takes an exchange that is in flight one step on. */
export function step(
  session: ClientSession,
  exchange: Exchange,
  event: SenderEvent,
  returnCodes?: readonly SubackReturnCode[],
): void {
  const { packet } = exchange;
  const { type, packetId } = packet;
  const outcome = SENDER[type === PUBLISH ? packet.qos : type]![event];
  if (!outcome) {
    throw new ProtocolError(
      VIOLATIONS[event as number]!,
      `packet type ${event} answers packet type ${type} with packetId ${packetId}`,
    );
  }
  if (outcome === 'send') return session.effects.send(packet);
  if (outcome === 'send with DUP') return session.effects.send({ ...(packet as PublishPacket), dup: true });
  if (returnCodes && returnCodes.length !== (packet as SubscribePacket).subscriptions.length)
    throw new ProtocolError(
      'MQTT-3.8.4-5',
      `${returnCodes.length} return codes for ${(packet as SubscribePacket).subscriptions.length} filters`,
    );
  session.inflight.delete(packetId); // free again only now [MQTT-2.3.1-3]
  session.effects.keep?.(exchange, undefined);
  // It is the last again: PUBRELs are sent in the order of their PUBRECs, also when sent again [MQTT-4.6.0-4].
  if (outcome === PUBREL) transmit(session, exchange, { type: PUBREL, packetId });
  else exchange.settle(outcome === 'done' ? undefined : new ProtocolError(...outcome), returnCodes);
}
