// 4.3.2, 4.3.3 and 4.6, as the receiver has it: messages on their way in, and their acknowledgements.

import { type PubrecPacket, type PubrelPacket, puback, pubcomp, pubrec } from '../codec/packets/acknowledgement.ts';
import type { Packet } from '../codec/packets/index.ts';
import type { QoS } from '../codec/packets/packet.ts';
import type { PublishPacket } from '../codec/packets/publish.ts';
import { QueueFullError } from './error.ts';
import { firstOf, type Queue } from './queue.ts';

export interface InboundEffects {
  /** Send this packet on the present connection. */
  send(packet: Packet): void;
  /** Give this message to the application, and its receipt to `accept` or `reject` when that is done with it. */
  deliver(message: PublishPacket, receipt: Receipt): void;
  /** Keep this record for a later process, or forget it, before what is sent next is sent. */
  keep?: ((owner: RecordOwner, record: SessionRecord | undefined) => void) | undefined;
}

/** What a record is about. */
export interface RecordOwner {
  /** Under which its record is kept; '': it has none. */
  key: string;
}

/**
 * What outlives the process is the packet that would be sent next: a PUBLISH (without an identifier while it waits for
 * its turn), its PUBREL, or the PUBREC of a QoS 2 message received.
 */
export type SessionRecord = PublishPacket | PubrelPacket | PubrecPacket;

/** An inbound message on its way through the application. */
export interface Receipt extends RecordOwner {
  readonly qos: QoS;
  readonly packetId: number;
  state: 'processing' | 'accepted' | 'rejected';
  /** Whether it may belong to a session before this one. */
  isDoubtful: boolean;
}

/** Messages that the application may have at a time: more than a server has packet identifiers for (2.3.1). */
const MAX_PROCESSING = 100_000;

/** The receiver's half of a session. A class: closures would take more memory than all else of an idle one (measured). */
export class Inbound {
  private readonly effects: InboundEffects;
  /** QoS 2 messages received and not yet released, over all connections of the session. */
  private readonly received = new Map<number, Receipt>();
  /** By QoS, what this connection still has to acknowledge, in order of arrival [MQTT-4.6.0-2, MQTT-4.6.0-3]. */
  private unacknowledged: Queue<Receipt>[] = []; // none of a QoS that did not come
  private processing = 0; // messages that the application has, of all connections

  constructor(effects: InboundEffects) {
    this.effects = effects;
  }

  receive(message: PublishPacket): void {
    const { effects, received, unacknowledged } = this;
    const { qos, packetId, dup } = message;
    let known = qos === 2 ? received.get(packetId) : undefined;
    // what the session knows comes with DUP [MQTT-3.3.1-1]: this is another
    if (known?.isDoubtful && !dup) {
      this.forget(known);
      known = undefined;
    }
    unacknowledged[qos] ??= new Set();
    // a repetition is acknowledged again, never delivered again [MQTT-4.3.3-2]
    if (known) {
      unacknowledged[2]!.add(known);
      return this.acknowledge(2);
    }
    if (this.processing === MAX_PROCESSING) throw new QueueFullError(MAX_PROCESSING); // the connection ends [MQTT-4.8.0-2]
    this.processing += 1;
    const receipt: Receipt = { qos, packetId, state: 'processing', isDoubtful: false, key: '' };
    if (qos > 0) unacknowledged[qos].add(receipt);
    if (qos === 2) received.set(packetId, receipt);
    effects.deliver(message, receipt);
  }

  /** A PUBREL has come. */
  release(packetId: number): void {
    const receipt = this.received.get(packetId);
    if (receipt) {
      this.unacknowledged[2]?.delete(receipt);
      this.forget(receipt);
    }
    this.effects.send(pubcomp(packetId));
  }

  private forget(receipt: Receipt): void {
    this.received.delete(receipt.packetId);
    this.effects.keep?.(receipt, undefined);
  }

  /** The application is done with the message. When it was accepted, it is acknowledged as soon as those before it are. */
  processed(receipt: Receipt, state: 'accepted' | 'rejected'): void {
    const { qos, packetId } = receipt;
    receipt.state = state;
    this.processing -= 1;
    if (this.received.get(packetId) === receipt) {
      if (state === 'accepted') this.effects.keep?.(receipt, pubrec(packetId));
      else this.received.delete(packetId);
    }
    this.acknowledge(qos);
  }

  private acknowledge(qos: QoS): void {
    const queue = this.unacknowledged[qos];
    if (!queue) return; // the connection is another
    for (let receipt = firstOf(queue); receipt && receipt.state !== 'processing'; receipt = firstOf(queue)) {
      queue.delete(receipt);
      const { state, packetId } = receipt;
      if (state === 'accepted') this.effects.send(qos === 1 ? puback(packetId) : pubrec(packetId));
    }
  }

  /** Takes up what an earlier process has received. */
  restore(packetId: number, key: string): void {
    // the process may have ended before it could forget
    this.received.set(packetId, { qos: 2, packetId, state: 'accepted', isDoubtful: true, key });
  }

  connected(sessionPresent: boolean, isInDoubt: boolean): void {
    for (const receipt of this.received.values()) {
      if (!sessionPresent) this.forget(receipt);
      receipt.isDoubtful ||= isInDoubt;
    }
  }

  /** What was not acknowledged comes again. */
  disconnected(): void {
    this.unacknowledged = [];
  }

  end(): void {
    this.received.clear();
  }
}
