// The platform's time and chance.
import type { Clock } from '../connection/clock.ts';

declare const setTimeout: Clock['setTimeout'];
declare const clearTimeout: Clock['clearTimeout'];

/** Its globals are looked up at every call, so that a test's fake timers are found. */
export const platformClock: Clock = {
  now: () => Date.now(), // not performance.now(): there are platforms where it stops while the machine sleeps
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle),
  random: () => Math.random(),
};
