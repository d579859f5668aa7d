// 4.3.2, 4.3.3 and 4.6, as the receiver has it: messages on their way in, and their acknowledgements.
import { QueueFullError } from './errors.ts';
import { type PubrecPacket, type PubrelPacket, puback, pubcomp, pubrec } from './packets/acknowledgement.ts';
import type { Packet } from './packets/index.ts';
import type { QoS } from './packets/packet.ts';
import type { PublishPacket } from './packets/publish.ts';
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

export interface Inbound {
  receive(message: PublishPacket): void;
  /** A PUBREL has come. */
  release(packetId: number): void;
  /** The application has processed the message: it is acknowledged as soon as those before it are. */
  accept(receipt: Receipt): void;
  /** The application failed: the message stays unacknowledged, and comes again with the next connection. */
  reject(receipt: Receipt): void;
  /** Takes up what an earlier process has received. */
  restore(packetId: number, key: string): void;
  connected(sessionPresent: boolean, isInDoubt: boolean): void;
  /** What was not acknowledged comes again. */
  disconnected(): void;
  end(): void;
}

/** Messages that the application may have at a time: more than a server has packet identifiers for (2.3.1). */
const MAX_PROCESSING = 100_000;

export function createInbound({ send, deliver, keep }: InboundEffects): Inbound {
  /** QoS 2 messages received and not yet released, over all connections of the session. */
  const received = new Map<number, Receipt>();
  /** By QoS, what this connection still has to acknowledge, in order of arrival [MQTT-4.6.0-2, MQTT-4.6.0-3]. */
  let unacknowledged: Record<QoS, Queue<Receipt>>;
  let processing = 0; // messages that the application has, of all connections

  function receive(message: PublishPacket): void {
    const { qos, packetId, dup } = message;
    let known = qos === 2 ? received.get(packetId) : undefined;
    // what the session knows comes with DUP [MQTT-3.3.1-1]: this is another
    if (known?.isDoubtful && !dup) {
      forgetReceived(known);
      known = undefined;
    }
    // a repetition is acknowledged again, never delivered again [MQTT-4.3.3-2]
    if (known) {
      unacknowledged[2].add(known);
      return acknowledge(2);
    }
    if (processing === MAX_PROCESSING) throw new QueueFullError(MAX_PROCESSING); // the connection ends [MQTT-4.8.0-2]
    processing += 1;
    const receipt: Receipt = { qos, packetId, state: 'processing', isDoubtful: false, key: '' };
    if (qos > 0) unacknowledged[qos].add(receipt);
    if (qos === 2) received.set(packetId, receipt);
    deliver(message, receipt);
  }

  function forgetReceived(receipt: Receipt): void {
    received.delete(receipt.packetId);
    keep?.(receipt, undefined);
  }

  function processed(receipt: Receipt, state: 'accepted' | 'rejected'): void {
    const { qos, packetId } = receipt;
    receipt.state = state;
    processing -= 1;
    if (received.get(packetId) === receipt) {
      if (state === 'accepted') keep?.(receipt, pubrec(packetId));
      else received.delete(packetId);
    }
    acknowledge(qos);
  }

  function acknowledge(qos: QoS): void {
    const queue = unacknowledged[qos];
    for (let receipt = firstOf(queue); receipt && receipt.state !== 'processing'; receipt = firstOf(queue)) {
      queue.delete(receipt);
      const { state, packetId } = receipt;
      if (state === 'accepted') send(qos === 1 ? puback(packetId) : pubrec(packetId));
    }
  }

  function disconnected(): void {
    unacknowledged = [new Set(), new Set(), new Set()];
  }

  disconnected();
  return {
    receive,
    release(packetId) {
      const receipt = received.get(packetId);
      if (receipt) {
        unacknowledged[2].delete(receipt);
        forgetReceived(receipt);
      }
      send(pubcomp(packetId));
    },
    accept: (receipt) => processed(receipt, 'accepted'),
    reject: (receipt) => processed(receipt, 'rejected'),
    restore(packetId, key) {
      // the process may have ended before it could forget
      received.set(packetId, { qos: 2, packetId, state: 'accepted', isDoubtful: true, key });
    },
    connected(sessionPresent, isInDoubt) {
      for (const receipt of received.values()) {
        if (!sessionPresent) forgetReceived(receipt);
        receipt.isDoubtful ||= isInDoubt;
      }
    },
    disconnected,
    end: () => received.clear(),
  };
}
