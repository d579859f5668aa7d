// The only contact with time and chance: everything else is told.

/** Time and chance, as the client uses them. A runtime without timers, or a simulation, brings its own. */
export interface Clock {
  /** Milliseconds, of a clock that also counts sleep. */
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
  /** 0 to 1, 1 excluded. */
  random(): number;
}

declare const setTimeout: Clock['setTimeout'];
declare const clearTimeout: Clock['clearTimeout'];

/** The platform's own; its globals are looked up at every call, so that a test's fake timers are found. */
export const platformClock: Clock = {
  now: () => Date.now(), // not performance.now(): there are platforms where it stops while the machine sleeps
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle),
  random: () => Math.random(),
};

/** Sets its one timer anew, in milliseconds; with Infinity, which is the default, there is none. */
export type Timer = (milliseconds?: number, callback?: () => void) => void;

export function timerOf(clock: Clock): Timer {
  let handle: unknown;
  return (milliseconds = Number.POSITIVE_INFINITY, callback = () => {}) => {
    clock.clearTimeout(handle);
    if (milliseconds < Number.POSITIVE_INFINITY)
      handle = clock.setTimeout(callback, Math.max(Math.ceil(milliseconds), 0)); // timers cut off fractions
  };
}
