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

/** A handler failed on a message; `cause` is what it threw. */
export class HandlerError extends Error {
  readonly topic: string;
  /** 0 at QoS 0 */
  readonly packetId: number;
  /** With `acknowledge: 'on-success'`, how many messages of this connection are not acknowledged now; otherwise 0. */
  readonly withheld: number;

  constructor(cause: unknown, topic: string, packetId: number, withheld: number) {
    const reason = (cause as Error | undefined)?.message ?? cause;
    const rest = withheld ? `; ${withheld} messages are withheld until the next connection` : '';
    super(`the handler failed on the message to '${topic}' with packetId ${packetId}: ${reason}${rest}`);
    this.name = 'HandlerError';
    this.topic = topic;
    this.packetId = packetId;
    this.withheld = withheld;
    (this as { cause?: unknown }).cause = cause;
  }
}

/** Messages of QoS 1 or 2 wait, unacknowledged, because no subscription wants them. No more may come before they are taken. */
export class UnroutedError extends Error {
  /** The topic of the first one. */
  readonly topic: string;
  /** How many wait. */
  readonly waiting: number;

  constructor(topic: string, waiting: number) {
    super(
      `${waiting} messages wait for a subscription, the first to '${topic}': subscribe, listen to 'unrouted', or unsubscribe()`,
    );
    this.name = 'UnroutedError';
    this.topic = topic;
    this.waiting = waiting;
  }
}
