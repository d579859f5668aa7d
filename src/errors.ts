/** A numbered statement of the OASIS standard as printed there, or `§` and a section where it gives no number. */
export type Clause = `MQTT-${string}` | `§${string}`;

/**
 * A rule of MQTT 3.1.1 is broken; `clause` says which.
 *
 * Thrown by an encoder, it means that you asked for something illegal and nothing happened. Thrown by a decoder,
 * it means that the peer broke the rule, and the connection must end [MQTT-4.8.0-1].
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
    super(`a packet of ${packetSize} bytes exceeds maxPacketSize, ${maxPacketSize} bytes`);
    this.name = 'PacketTooLargeError';
    this.packetSize = packetSize;
    this.maxPacketSize = maxPacketSize;
  }
}

/**
 * Too many publishes are waiting: for their turn, and this one was not accepted; or for the application, and the
 * connection ends [MQTT-4.8.0-2].
 */
export class QueueFullError extends Error {
  readonly maxQueued: number;

  constructor(maxQueued: number) {
    super(`${maxQueued} publishes are waiting already`);
    this.name = 'QueueFullError';
    this.maxQueued = maxQueued;
  }
}

/** The broker refused the CONNECT with a return code other than 0 (Table 3.1). */
export class ConnectionRefusedError extends Error {
  /** 1 protocol level, 2 client id, 3 server unavailable, 4 user name or password, 5 not authorized */
  readonly returnCode: number;

  constructor(returnCode: number) {
    super(`the broker refused the connection with return code ${returnCode}: ${REFUSALS[returnCode - 1]}`);
    this.name = 'ConnectionRefusedError';
    this.returnCode = returnCode;
  }
}

/** @internal Table 3.1, from return code 1 on. */
export const REFUSALS: readonly string[] = [
  'unacceptable protocol version',
  'client identifier rejected',
  'server unavailable',
  'bad user name or password',
  'not authorized',
];

/** Why there is no connection, or no longer. */
export type ConnectionLostReason =
  /** the WebSocket could not be opened: no route, TLS, an HTTP answer other than 101 */
  | 'unreachable'
  /** no CONNACK within `connectTimeout` */
  | 'connect-timeout'
  /** the peer closed the connection, or it was cut; `code` is the WebSocket's close code where there is one */
  | 'closed'
  /** nothing was heard after a PINGREQ (3.1.2.10) */
  | 'keep-alive-timeout'
  /** `close()` was called */
  | 'client-closed';

/** There is no connection, or no longer; `cause` is the error behind it, where there is one. */
export class ConnectionLostError extends Error {
  readonly reason: ConnectionLostReason;
  readonly code: number | undefined;

  constructor(reason: ConnectionLostReason, message: string, code?: number, cause?: unknown) {
    super(message);
    this.name = 'ConnectionLostError';
    this.reason = reason;
    this.code = code;
    if (cause !== undefined) (this as { cause?: unknown }).cause = cause;
  }
}

/** The broker's SUBACK refuses a topic filter. */
export class SubscriptionRefusedError extends Error {
  readonly topicFilters: readonly string[];

  constructor(topicFilters: readonly string[]) {
    super(`the broker refused the subscription to '${topicFilters.join("', '")}'`);
    this.name = 'SubscriptionRefusedError';
    this.topicFilters = topicFilters;
  }
}

/** A consumer was too slow, and QoS 0 messages were dropped, oldest first. */
export class MessagesDroppedError extends Error {
  readonly topicFilters: readonly string[];
  /** How many, since the consumer fell behind. */
  readonly dropped: number;

  constructor(topicFilters: readonly string[], dropped: number) {
    super(`${dropped} QoS 0 messages to a slow consumer were dropped`);
    this.name = 'MessagesDroppedError';
    this.topicFilters = topicFilters;
    this.dropped = dropped;
  }
}
