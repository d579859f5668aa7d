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

/** Sets a timer, in milliseconds, in the place of the one with this handle; with Infinity there is none. */
export function restart(
  clock: Clock,
  handle: unknown,
  milliseconds: number = Number.POSITIVE_INFINITY,
  callback: () => void = () => {},
): unknown {
  clock.clearTimeout(handle);
  if (milliseconds === Number.POSITIVE_INFINITY) return undefined;
  return clock.setTimeout(callback, Math.max(Math.ceil(milliseconds), 0)); // timers cut off fractions
}
