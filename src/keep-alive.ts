// 3.1.2.10 Keep Alive: when to ask "are you alive?", and when silence means that the connection is dead.

/** What is due: nothing, a PINGREQ to be sent now, or the end of the connection. */
export type KeepAliveVerdict = 'wait' | 'ping' | 'dead';

/** The longest wait for a sign of life, in milliseconds. */
const PATIENCE = 10_000;

/** A timer this late, in milliseconds, says that nobody was looking: the answer may lie there unread. */
const LATE = 500;

/**
 * Keep-alive arithmetic for one connection: no timer, no clock, only the numbers it is told. All times are in
 * milliseconds, of any clock that one connection keeps to.
 *
 * Two deadlines: the client must have sent something before the keep alive is over [MQTT-3.1.2-23], and it must have
 * heard something within min(10 s, keep alive / 2) after its PINGREQ. It asks when it has sent nothing, or heard
 * nothing, for the keep alive less a margin of min(10 s, keep alive / 4): a dead connection is found within one and
 * a half keep alives of its last byte, also under one-way traffic. Any byte received is a sign of life.
 *
 * `sent` and `received` store a number and nothing else. When `isDue(now)`, call `poll(now)` and do what it says;
 * `deadline` tells when that will be so if nothing happens before.
 */
export interface KeepAlive {
  /** A packet was sent. */
  sent(now: number): void;
  /** Bytes were received. */
  received(now: number): void;
  /** When something is due if nothing is sent or received before; Infinity when never. */
  readonly deadline: number;
  /** Whether `poll` has something to say: cheap enough to be asked with every packet. */
  isDue(now: number): boolean;
  /** What is due at `now`. 'ping' counts as asked: the caller sends a PINGREQ at once. */
  poll(now: number): KeepAliveVerdict;
  /** Asks at once, whatever the deadlines say: the machine slept, or the network changed. */
  probe(now: number): void;
}

/** @param keepAlive seconds, as in CONNECT; 0: off, no deadline but that of a `probe` */
export function createKeepAlive(keepAlive: number, start: number): KeepAlive {
  const period = keepAlive * 1000 || Number.POSITIVE_INFINITY;
  const interval = period - Math.min(PATIENCE, period / 4);
  const patience = Math.min(PATIENCE, period / 2);
  let lastSent = start;
  let lastReceived = start;
  let pingedAt: number | undefined; // undefined: no PINGREQ waits for its answer
  let askedTwice = false;

  const deadline = () => (pingedAt === undefined ? Math.min(lastSent, lastReceived) + interval : pingedAt + patience);
  // the clock was set back, by more than a correction: the old numbers mean nothing any more
  const isBackInTime = (now: number) =>
    now + LATE < Math.max(lastSent, lastReceived) && deadline() < Number.POSITIVE_INFINITY;
  const isDue = (now: number) => now >= deadline() || isBackInTime(now);

  return {
    sent(now) {
      lastSent = now;
    },
    received(now) {
      lastReceived = now;
      pingedAt = undefined;
      askedTwice = false;
    },
    get deadline() {
      return deadline();
    },
    isDue,
    poll(now) {
      if (!isDue(now)) return 'wait';
      if (isBackInTime(now)) lastSent = lastReceived = now;
      else if (pingedAt !== undefined) {
        if (askedTwice || now - deadline() <= LATE) return 'dead';
        askedTwice = true;
      }
      pingedAt = now;
      return 'ping';
    },
    probe(now) {
      pingedAt ??= now;
    },
  };
}
