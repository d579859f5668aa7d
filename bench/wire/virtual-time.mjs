// Time that passes when it is told to: for what waits longer than a test would.
const real = { setTimeout, setInterval, clearTimeout, clearInterval, now: Date.now };
const LONG = 10_000;

const timers = new Map(); // by handle
let passed = 0;
let lastHandle = 0;

/** From now on timers of ten seconds and more, and the clock, follow `pass`. */
export function takeTime() {
  const take =
    (original, isRepeated) =>
    (callback, milliseconds, ...args) => {
      if (!(milliseconds >= LONG)) return original(callback, milliseconds, ...args);
      const handle = { id: ++lastHandle, unref: () => handle, ref: () => handle };
      const interval = isRepeated ? milliseconds : undefined;
      timers.set(handle, { due: passed + milliseconds, interval, run: () => callback(...args) });
      return handle;
    };
  const give = (original) => (handle) => timers.delete(handle) || original(handle);
  globalThis.setTimeout = take(real.setTimeout, false);
  globalThis.setInterval = take(real.setInterval, true);
  globalThis.clearTimeout = give(real.clearTimeout);
  globalThis.clearInterval = give(real.clearInterval);
  Date.now = () => real.now() + passed;
}

/** Lets so many milliseconds pass, and whatever is then due run. */
export function pass(milliseconds) {
  passed += milliseconds;
  for (const [handle, timer] of [...timers]) {
    if (timer.due > passed || !timers.has(handle)) continue;
    if (timer.interval === undefined) timers.delete(handle);
    else timer.due += timer.interval;
    timer.run();
  }
}

/** Resolves when the process has had nothing to do for a while, since nobody has anything more to answer. */
export async function quiet() {
  for (let idle = 0; idle < 3; ) {
    const before = performance.eventLoopUtilization();
    await new Promise((resolve) => real.setTimeout(resolve, 40));
    idle = performance.eventLoopUtilization(before).utilization < 0.03 ? idle + 1 : 0;
  }
}
