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
 * a half keep alives of its last byte, also under one-way traffic. Any byte received is a sign of life. On a slow link
 * a PINGREQ waits behind what was sent before it, and its answer behind what the broker sends: `moved` tells of that.
 *
 * `sent`, `received` and `moved` store a number and nothing else. When `isDue(now)`, call `poll(now)` and do what it says;
 * `deadline` tells when that will be so if nothing happens before.
 */
export interface KeepAlive {
  /** A packet was sent. */
  sent(now: number): void;
  /** Bytes were received. */
  received(now: number): void;
  /** Bytes go over the connection, but no sign of life: what waits in front of a PINGREQ gets less. Its wait begins again. */
  moved(now: number): void;
  /** When something is due if nothing is sent or received before; Infinity when never. */
  readonly deadline: number;
  /** Whether `poll` has something to say: cheap enough to be asked with every packet. */
  isDue(now: number): boolean;
  /** What is due at `now`. 'ping' counts as asked: the caller sends a PINGREQ at once. */
  poll(now: number): KeepAliveVerdict;
  /** Asks at once, whatever the deadlines say: the machine slept, or the network changed. */
  probe(now: number): void;
}

/**
 * @param keepAlive seconds, as in CONNECT; 0: off, no deadline but that of a `probe`
 * @param pingTimeout milliseconds to wait for a sign of life after a PINGREQ
 */
export function createKeepAlive(keepAlive: number, start: number, pingTimeout?: number): KeepAlive {
  const period = keepAlive * 1000 || Number.POSITIVE_INFINITY;
  return new Deadlines(period, start, pingTimeout ?? Math.min(PATIENCE, period / 2));
}

// It is a class, because closures would take four times the memory.
class Deadlines implements KeepAlive {
  private readonly interval: number;
  private readonly patience: number;
  private lastSent: number;
  private lastReceived: number;
  private pingedAt: number | undefined; // undefined: no PINGREQ waits for its answer
  private askedTwice = false;

  constructor(period: number, start: number, patience: number) {
    this.interval = period - Math.min(PATIENCE, period / 4);
    this.patience = patience;
    this.lastSent = this.lastReceived = start;
  }

  sent(now: number): void {
    this.lastSent = now;
  }

  received(now: number): void {
    this.lastReceived = now;
    this.pingedAt = undefined;
    this.askedTwice = false;
  }

  moved(now: number): void {
    if (this.pingedAt !== undefined) this.pingedAt = now;
  }

  get deadline(): number {
    return this.pingedAt === undefined
      ? Math.min(this.lastSent, this.lastReceived) + this.interval
      : this.pingedAt + this.patience;
  }

  isDue(now: number): boolean {
    return now >= this.deadline || this.isBackInTime(now);
  }

  // the clock was set back, by more than a correction: the old numbers mean nothing any more
  private isBackInTime(now: number): boolean {
    return now + LATE < Math.max(this.lastSent, this.lastReceived) && this.deadline < Number.POSITIVE_INFINITY;
  }

  poll(now: number): KeepAliveVerdict {
    if (!this.isDue(now)) return 'wait';
    if (this.isBackInTime(now)) this.lastSent = this.lastReceived = now;
    else if (this.pingedAt !== undefined) {
      if (this.askedTwice || now - this.deadline <= LATE) return 'dead';
      this.askedTwice = true;
    }
    this.pingedAt = now;
    return 'ping';
  }

  probe(now: number): void {
    this.pingedAt ??= now;
  }
}
