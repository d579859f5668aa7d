import type { Clock } from '../../src/client/client.ts';

/** Lets everything run that waits for a promise. No time passes. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that passes when it is told to. What the clock on the wall shows can be set apart from what timers count. */
export class FakeClock implements Clock {
  /** What `random` returns next, and from then on. */
  chance = 0.5;
  private elapsed = 0;
  private offset = 1_700_000_000_000;
  private readonly timers = new Set<Timer>();

  now(): number {
    return this.elapsed + this.offset;
  }

  setTimeout(callback: () => void, milliseconds: number): Timer {
    const timer = { at: this.elapsed + milliseconds, callback };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as Timer);
  }

  random(): number {
    return this.chance;
  }

  /** Timers that are set, and how long from now. */
  get pending(): number[] {
    return [...this.timers].map(({ at }) => at - this.elapsed).sort((a, b) => a - b);
  }

  /** Lets time pass; timers fire when they should, and promises settle between them. */
  async advance(milliseconds: number): Promise<void> {
    await settled();
    const end = this.elapsed + milliseconds;
    for (let next = this.first(end); next !== undefined; next = this.first(end)) {
      this.elapsed = Math.max(this.elapsed, next.at);
      this.timers.delete(next);
      next.callback();
      await settled();
    }
    this.elapsed = end;
    await settled();
  }

  /** Time passes and nothing runs: the machine sleeps, or the tab is throttled. */
  sleep(milliseconds: number): void {
    this.elapsed += milliseconds;
  }

  /** The clock on the wall is set; timers do not care. */
  set(milliseconds: number): void {
    this.offset += milliseconds;
  }

  private first(end: number): Timer | undefined {
    const due = [...this.timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}
