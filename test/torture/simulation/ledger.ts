// What was published, by the application and by others, and what became of it.
import type { QoS } from './wire.ts';

/** A message of the application's. */
export interface Outbound {
  readonly number: number;
  readonly qos: QoS;
  readonly size: number;
  readonly process: number;
  fate: 'pending' | 'fulfilled' | 'rejected';
  /** Whether a later process will find it. */
  isStored: boolean;
  /** Whether it has left the client. */
  isSent: boolean;
  /** The sessions in which the broker has passed it on, each as often as it did. */
  readonly passedOnIn: number[];
}

/** A message of another client's. */
export interface Inbound {
  readonly number: number;
  readonly topic: string;
  readonly qos: QoS; // as the broker delivers it
  /** In which the broker has accepted to deliver it. */
  readonly session: number;
  failures: number; // still to come
  starts: number;
  failed: number;
  processed: number;
  /** Whether the client was given it with DUP 0. */
  hasComeNew: boolean;
  /** How often it may come again, since a process ended before it could be kept that it had come. */
  excuses: number;
  isStored: boolean;
}

export class Ledger {
  /**
   * Sessions that the client knows to be new. One whose first CONNACK was lost, or was the last that a process saw,
   * is resumed by a client that takes it for the one before: MQTT has no means to tell it.
   */
  readonly known = new Set<number>();
  /** The newest message published. */
  newest = 0;
  readonly outbound = new Map<number, Outbound>();
  readonly inbound = new Map<number, Inbound>();

  /** Not so what has come only with DUP 1, in a session that the client takes for another, which may know its identifier. */
  mustArrive({ hasComeNew, session }: Inbound): boolean {
    return hasComeNew || this.known.has(session);
  }
}

/** The payload says which message it is, in four bytes, and goes on in a way that no other does. */
export function payloadOf(number: number, size: number): Uint8Array {
  const payload = new Uint8Array(Math.max(size, 4));
  new DataView(payload.buffer).setUint32(0, number);
  for (let i = 4; i < payload.length; i++) payload[i] = number + i * i;
  return payload;
}

/** Which message it is; undefined when it is not what it was. */
export function numberOf(payload: Uint8Array, size = payload.length): number | undefined {
  if (payload.length !== Math.max(size, 4)) return undefined;
  const number = ((payload[0]! << 24) | (payload[1]! << 16) | (payload[2]! << 8) | payload[3]!) >>> 0;
  for (let i = 4; i < payload.length; i++) if (payload[i] !== ((number + i * i) & 255)) return undefined;
  return number;
}
