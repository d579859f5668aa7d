/** Time and chance, as the client uses them. A runtime without timers, or a simulation, brings its own. */
export interface Clock {
  /** Milliseconds, of a clock that also counts sleep. */
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
  /** 0 to 1, 1 excluded. */
  random(): number;
}

/** A timer fires at once when its delay does not fit in 31 bits. */
const LONGEST = 0x7fff_ffff;

/**
 * Sets a timer, in milliseconds, in the place of the one with this handle. Without a callback there is none. A delay
 * that a timer cannot hold means never: it is Infinity, or longer than 24 days.
 */
export function restart(clock: Clock, handle: unknown, milliseconds = 0, callback?: () => void): unknown {
  clock.clearTimeout(handle);
  if (!callback || !(milliseconds <= LONGEST)) return undefined; // NaN, too
  return clock.setTimeout(callback, Math.max(Math.ceil(milliseconds), 0)); // timers cut off fractions
}
