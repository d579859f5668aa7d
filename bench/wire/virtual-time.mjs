// Time that passes when it is told to: for what waits longer than a test would.
const real = { setTimeout, setInterval, clearTimeout, clearInterval, now: Date.now };
const LONG = 10_000;

const SECOND = 1_000;
const due = new Map(); // timers, by the second in which they are due, so that a step visits no others
let passed = 0;

function arm(timer, milliseconds) {
  const second = Math.ceil((passed + milliseconds) / SECOND);
  if (!due.has(second)) due.set(second, new Set());
  timer.among = due.get(second);
  timer.among.add(timer);
}

/** From now on timers of ten seconds and more, and the clock, follow `pass`: to the second. */
export function takeTime() {
  const take =
    (original, isRepeated) =>
    (callback, milliseconds, ...args) => {
      if (!(milliseconds >= LONG)) return original(callback, milliseconds, ...args);
      const timer = { ref: () => timer, unref: () => timer, run: () => callback(...args) };
      timer.interval = isRepeated ? milliseconds : undefined;
      arm(timer, milliseconds);
      return timer;
    };
  const give = (original) => (timer) => timer?.among?.delete(timer) ?? original(timer);
  globalThis.setTimeout = take(real.setTimeout, false);
  globalThis.setInterval = take(real.setInterval, true);
  globalThis.clearTimeout = give(real.clearTimeout);
  globalThis.clearInterval = give(real.clearInterval);
  Date.now = () => real.now() + passed;
}

/** Lets this number of seconds pass, and runs what is due. */
export function pass(seconds) {
  for (let i = 0; i < seconds; i++) {
    passed += SECOND;
    const second = passed / SECOND;
    for (const timer of due.get(second) ?? []) {
      timer.among.delete(timer);
      if (timer.interval !== undefined) arm(timer, timer.interval);
      timer.run();
    }
    due.delete(second);
  }
}

/** Resolves when the process has been idle for a while, because every answer has come. */
export async function quiet() {
  for (let idle = 0; idle < 3; ) {
    const before = performance.eventLoopUtilization();
    await new Promise((resolve) => real.setTimeout(resolve, 20));
    idle = performance.eventLoopUtilization(before).utilization < 0.03 ? idle + 1 : 0;
  }
}
