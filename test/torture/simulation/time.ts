// Virtual time: events in order, and a clock for each process that lives in it.
import type { Clock } from '../../../src/client/client.ts';
import type { Random } from './random.ts';

export interface Event {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined; // undefined: cancelled
  /** Bytes arrive: several such may come in one turn of the event loop, before promises have had theirs. */
  readonly isArrival: boolean;
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A heap of events: the first is taken, and it is then. */
export class Time {
  now = 1_000_000;
  private order = 0;
  private readonly heap: Event[] = [];

  schedule(delay: number, run: () => void, isArrival = false): Event {
    this.order += 1;
    const event: Event = { at: this.now + Math.max(delay, 0), order: this.order, run, isArrival };
    const { heap } = this;
    let i = heap.push(event) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && isBefore(event, heap[parent]!); parent = (i - 1) >> 1) {
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
    return event;
  }

  /** Runs the next event, and returns it; undefined when there is none. */
  step(): Event | undefined {
    for (let event = this.take(); event !== undefined; event = this.take()) {
      if (event.run === undefined) continue;
      this.now = event.at;
      event.run();
      return event;
    }
    return undefined;
  }

  /** Whether the next event may come before promises have had their turn. */
  mayHurryAfter(event: Event): boolean {
    const next = this.heap[0];
    return next !== undefined && next.at === this.now && event.isArrival && next.isArrival;
  }

  private take(): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

/** What a process knows of time; when the process is killed its timers never fire. */
export class ProcessClock implements Clock {
  readonly timers = new Set<Event>();
  private readonly time: Time;
  private readonly chance: Pick<Random, 'float'>;
  private readonly touched: () => void;

  /** @param touched told that something of the process runs */
  constructor(time: Time, chance: Pick<Random, 'float'>, touched: () => void) {
    this.time = time;
    this.chance = chance;
    this.touched = touched;
  }

  now(): number {
    return this.time.now;
  }

  setTimeout(callback: () => void, milliseconds: number): Event {
    const event = this.time.schedule(milliseconds, () => {
      this.timers.delete(event);
      this.touched();
      callback();
    });
    this.timers.add(event);
    return event;
  }

  clearTimeout(timer: unknown): void {
    if (!this.timers.delete(timer as Event)) return;
    (timer as Event).run = undefined;
  }

  random(): number {
    return this.chance.float();
  }

  /** The process is dead. */
  stop(): void {
    for (const timer of this.timers) this.clearTimeout(timer);
    this.setTimeout = () => ({ at: 0, order: 0, run: undefined, isArrival: false });
  }
}
