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
