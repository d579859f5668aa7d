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
import { FATE_UNKNOWN, type Failure, SENDER, type SenderEvent, VIOLATIONS } from './exchange.ts';
import type { RecordOwner, SessionRecord } from './store.ts';

/** Called exactly once: with an error, or without one and, after a SUBSCRIBE, with the codes of its SUBACK. */
export type Settle = (error: Error | undefined, returnCodes?: readonly SubackReturnCode[]) => void;

/** Something on its way out, until it is acknowledged. */
export interface Exchange extends RecordOwner {
  /** The packet that was sent last or, with identifier 0, waits for its turn. It says how far the exchange has come. */
  packet: PublishPacket | PubrelPacket | SubscribePacket | UnsubscribePacket;
  settle: Settle;
  /** Of publishes that wait for their turn, the one with the least goes first. */
  readonly order: number;
  /** The window in which it is counted while it is in flight: its QoS, or 0 for a request. */
  readonly window: number;
  /** Why nobody waits for it any more. A broker that may know it gets it nevertheless. */
  cancelled: Error | undefined;
  /** @internal What the present connection means for it, until it is sent again. */
  due: SenderEvent | undefined;
}

export const MAX_PACKET_ID = 65_535;

export function exchangeOf(session: ClientSession, packet: Exchange['packet'], settle: Settle, key = ''): Exchange {
  const window = packet.type === PUBLISH ? packet.qos : packet.type === PUBREL ? 2 : 0;
  session.lastOrder += 1;
  return { packet, settle, order: session.lastOrder, key, window, cancelled: undefined, due: undefined };
}

/**
 * Starts what waits for its turn, as far as there is room for it in flight: requests, then publishes in their order.
 *
 * @param isAll whether publishes are started, too
 */
export function startAll(session: ClientSession, isAll = true): void {
  const { inflight, requests, publishes, sizes } = session;
  if (inflight.size === 0) session.isCareful = false;
  for (;;) {
    let queue = hasRoom(session, requests.first) ? requests : undefined;
    if (!queue && isAll)
      for (const other of publishes)
        if (hasRoom(session, other.first) && !(queue && queue.first!.order < other.first!.order)) queue = other;
    if (!queue) return;
    const exchange = queue.first!;
    const { packet, window } = exchange;
    queue.delete(exchange);
    if (packet.type === PUBLISH && packet.qos === 0) {
      if (send(session, exchange, packet)) exchange.settle(undefined);
      continue;
    }
    // There is an identifier that is not in use [MQTT-2.3.1-2], because fewer than 65,535 exchanges are in flight.
    do session.lastId = (session.lastId % MAX_PACKET_ID) + 1;
    while (inflight.get(session.lastId));
    sizes[window]! += 1;
    transmit(session, exchange, { ...packet, packetId: session.lastId });
  }
}

function hasRoom(session: ClientSession, exchange: Exchange | undefined): boolean {
  if (!exchange || !session.isOnline || session.isCareful) return false;
  const { inflight, sizes, limits } = session;
  const { packet, window } = exchange;
  // A SUBSCRIBE waits for the UNSUBACK of its filters.
  if (packet.type === SUBSCRIBE && sizes[0]! > 0)
    for (const { topicFilter } of packet.subscriptions) if (session.filters!.get(topicFilter)!.left > 0) return false;
  return inflight.size < MAX_PACKET_ID && sizes[window]! < limits[window]!;
}

function transmit(session: ClientSession, exchange: Exchange, packet: Exchange['packet']): void {
  exchange.packet = packet;
  session.inflight.set(packet.packetId, exchange);
  const isMessage = packet.type < SUBSCRIBE; // a PUBLISH or its PUBREL
  if (isMessage) session.effects.keep?.(exchange, packet as SessionRecord);
  send(session, exchange, packet);
}

/**
 * Sends a packet of an exchange, and returns whether that was possible. If not, because its payload was transferred or
 * there is no memory for it, this exchange fails, and no other.
 */
function send(session: ClientSession, exchange: Exchange, packet: Exchange['packet']): boolean {
  try {
    session.effects.send(packet);
    return true;
  } catch (error) {
    finish(session, exchange, error as Error);
    return false;
  }
}

/** The exchange is over, and its identifier is free: only now [MQTT-2.3.1-3]. */
export function finish(
  session: ClientSession,
  exchange: Exchange,
  error: Error | undefined,
  returnCodes?: readonly SubackReturnCode[],
): void {
  const { packet, settle } = exchange;
  if (session.inflight.delete(packet.packetId)) session.sizes[exchange.window]! -= 1;
  session.effects.keep?.(exchange, undefined);
  settle(error, returnCodes);
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
    if (session.isCareful) resend(session, PUBLISH);
    startAll(session);
  } else if (SENDER[0]![type] === PUBREL) session.effects.send({ type: PUBREL, packetId });
}

/** Sends again what is due, from this packet type on. If the session is careful, the next one, when the one before is done. */
export function resend(session: ClientSession, type: number): void {
  const { inflight } = session;
  if (session.isCareful) {
    if (type < PUBREL) resend(session, PUBREL); // before those of the publishes [MQTT-4.6.0-4]
    for (const { due } of inflight.values) if (!due) return;
  }
  for (const exchange of inflight.values) {
    const { due, packet, cancelled } = exchange;
    if (!due || packet.type < type) continue;
    exchange.due = undefined;
    if (due === 'lost' && cancelled) finish(session, exchange, cancelled);
    else step(session, exchange, due);
    if (session.isCareful && inflight.get(packet.packetId) === exchange) return;
  }
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
  const row = SENDER[type === PUBLISH ? packet.qos : type]!;
  const outcome = row[event] ?? (event === 'doubtful' ? row.resumed : undefined);
  let error: ProtocolError | undefined;
  if (!outcome)
    error = new ProtocolError(
      VIOLATIONS[event as number]!,
      `packet type ${event} answers packet type ${type} with packetId ${packetId}`,
    );
  else if (returnCodes && returnCodes.length !== (packet as SubscribePacket).subscriptions.length)
    error = new ProtocolError(
      'MQTT-3.8.4-5',
      `${returnCodes.length} return codes for ${(packet as SubscribePacket).subscriptions.length} filters`,
    );
  if (error) {
    // It ends the connection [MQTT-4.8.0-1]. A request that is sent again would have the same answer.
    finish(session, exchange, error);
    throw error;
  }
  if (outcome === 'send with DUP') send(session, exchange, { ...(packet as PublishPacket), dup: true });
  else if (outcome === PUBREL) {
    // It is the last again: PUBRELs are sent in the order of their PUBRECs, also when sent again [MQTT-4.6.0-4].
    session.inflight.delete(packetId);
    session.effects.keep?.(exchange, undefined);
    transmit(session, exchange, { type: PUBREL, packetId });
  } else if (outcome === 'send' || outcome === 'send and reject') {
    send(session, exchange, packet);
    if (outcome === 'send') return;
    exchange.settle(new ProtocolError(...FATE_UNKNOWN));
    exchange.settle = () => {};
  } else
    finish(session, exchange, outcome === 'done' ? undefined : new ProtocolError(...(outcome as Failure)), returnCodes);
}
