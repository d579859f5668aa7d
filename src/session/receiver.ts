// 4.3 and 4.6 as the receiver has it: messages that come in, and the order in which they are acknowledged.
import type { PubackPacket, PublishPacket, PubrelPacket, QoS } from '../codec/codec.ts';
import { PUBCOMP, PUBLISH, PUBREC } from '../codec/packets/packet.ts';
import type { ClientSession } from './client-session.ts';
import { QueueFullError } from './error.ts';
import { RECEIVER, type ReceiverEvent, type ReceiverOutcome } from './exchange.ts';
import type { RecordOwner } from './store.ts';

/** An inbound message on its way through the application. */
export interface Receipt extends RecordOwner {
  readonly qos: QoS;
  readonly packetId: number;
  state: 'processing' | 'accepted' | 'rejected';
  /** Whether it may belong to a session before this one. */
  isDoubtful: boolean;
}

/** Messages of QoS 1 and 2 that the application may have at a time: more than a server has identifiers for (2.3.1). */
const MAX_PROCESSING = 100_000;

/** A PUBLISH has come. */
export function receive(session: ClientSession, message: PublishPacket): void {
  const { qos, packetId } = message;
  let receipt = qos === 2 ? session.received.get(packetId) : undefined;
  // A message that the session knows would have DUP 1 [MQTT-3.3.1-1], so this is another.
  if (receipt?.isDoubtful && !message.dup) {
    step(session, receipt, 'lost');
    receipt = undefined;
  }
  if (step(session, receipt ?? message, PUBLISH) !== 'processing') return;
  if (qos > 0 && session.processing === MAX_PROCESSING) throw new QueueFullError(MAX_PROCESSING); // [MQTT-4.8.0-2]
  receipt = { qos, packetId, state: 'processing', isDoubtful: false, key: '' };
  if (qos > 0) {
    session.due[qos]!.set(receipt, receipt);
    session.processing += 1;
  }
  if (qos === 2) session.received.set(packetId, receipt);
  session.effects.deliver(message, receipt);
}

/** The application is done with the message. */
export function processed(session: ClientSession, receipt: Receipt, event: 'accepted' | 'rejected'): void {
  const state = RECEIVER[receipt.state][event];
  if (!state) return; // it has said so before
  receipt.state = state as Receipt['state'];
  if (receipt.qos === 0) return; // nobody waits for an acknowledgement
  session.processing -= 1;
  if (state === 'rejected') forget(session, receipt);
  else if (session.received.get(receipt.packetId) === receipt)
    session.effects.keep?.(receipt, { type: PUBREC, packetId: receipt.packetId });
  acknowledge(session, receipt.qos);
}

/** Acknowledges what the application has accepted, as far as nothing before it is still being processed. */
function acknowledge(session: ClientSession, qos: QoS): void {
  const queue = session.due[qos]!;
  for (let { first } = queue; first && first.state !== 'processing'; first = queue.first) {
    queue.delete(first);
    step(session, first, qos);
  }
}

/** Takes a message one step on. One that the session does not know is given as the packet that has come. */
export function step(
  session: ClientSession,
  message: Receipt | PublishPacket | PubrelPacket,
  event: ReceiverEvent,
): ReceiverOutcome | undefined {
  const outcome = RECEIVER[(message as Receipt).state ?? 'unknown'][event];
  if (outcome === PUBCOMP || outcome === 'unknown') forget(session, message as Receipt);
  if (typeof outcome === 'number') session.effects.send({ type: outcome, packetId: message.packetId } as PubackPacket);
  if (outcome === 'repeat') {
    session.due[2]!.set(message as Receipt, message as Receipt);
    acknowledge(session, 2);
  }
  return outcome;
}

/** The identifier is unknown again, if it stands for this message. */
function forget(session: ClientSession, receipt: Receipt): void {
  if (session.received.get(receipt.packetId) !== receipt) return;
  session.received.delete(receipt.packetId);
  session.due[2]!.delete(receipt);
  session.effects.keep?.(receipt, undefined);
}
