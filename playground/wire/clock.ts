// A clock that stands still until somebody moves it: the time of the world on the wire.
import type { Clock } from '../../src/connection/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Lets everything run that waits for a promise. No time of the world passes. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

export class SteppedClock implements Clock {
  private time = 0;
  private readonly timers = new Set<Timer>();

  now(): number {
    return this.time;
  }

  setTimeout(callback: () => void, milliseconds: number): Timer {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as Timer);
  }

  /** Always the middle, so that the same moves lead to the same world. */
  random(): number {
    return 0.5;
  }

  /** Lets time pass. Timers fire in their order, and promises settle between them. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settled();
    for (let timer = this.firstUntil(end); timer !== undefined; timer = this.firstUntil(end)) {
      this.time = Math.max(this.time, timer.at);
      this.timers.delete(timer);
      timer.callback();
      await settled();
    }
    this.time = end;
  }

  private firstUntil(end: number): Timer | undefined {
    const due = [...this.timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}
