// What can go wrong with a packet, and which statement of the standard forbids it.

/** A numbered statement of the OASIS standard as printed there, or `§` and a section where it gives no number. */
export type Clause = `MQTT-${string}` | `§${string}`;

/**
 * A rule of MQTT 3.1.1 is broken; `clause` says which.
 *
 * An encoder throws it when you asked for something illegal: nothing was written. A decoder throws it when the peer
 * broke the rule: the connection must end [MQTT-4.8.0-1].
 */
export class ProtocolError extends Error {
  readonly clause: Clause;

  constructor(clause: Clause, message: string) {
    super(`${message} [${clause}]`);
    this.name = 'ProtocolError';
    this.clause = clause;
  }
}

/** A packet is larger than the receiver allows: a limit of this library's user, not a rule of the standard. */
export class PacketTooLargeError extends Error {
  /** Size of the whole packet in bytes, fixed header included. */
  readonly packetSize: number;
  /** The limit it exceeds, in bytes. */
  readonly maxPacketSize: number;

  constructor(packetSize: number, maxPacketSize: number) {
    super(`a packet of ${packetSize} bytes exceeds maxPacketSize ${maxPacketSize}`);
    this.name = 'PacketTooLargeError';
    this.packetSize = packetSize;
    this.maxPacketSize = maxPacketSize;
  }
}

/** Throws ProtocolError: `field` must not `mistake`. */
export function refuse(clause: Clause, field: string, mistake: string): never {
  throw new ProtocolError(clause, `${field} must not ${mistake}`);
}
