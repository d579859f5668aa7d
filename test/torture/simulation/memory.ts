// A store that takes its time, and survives the process that writes to it.
import {
  type ByteStore,
  recordStore,
  recordsIn,
  type SessionRecord,
  type SessionStore,
  type StoreChange,
} from '../../../src/session/level.ts';
import type { Random } from './random.ts';
import type { Event, Time } from './time.ts';

export interface MemoryEvents {
  /** These are about to be written: what they are about is known now. */
  writing(changes: readonly StoreChange[]): void;
  /** These are written, and survive. */
  written(changes: readonly StoreChange[]): void;
  touched(): void;
  wrong(why: string): void;
}

export class Memory {
  /** What survives, as it was handed in. */
  readonly records = new Map<string, SessionRecord>();
  private readonly bytes = new Map<string, Uint8Array>();
  private readonly time: Time;
  private readonly random: Random;
  private readonly delay: number;
  private readonly events: MemoryEvents;
  private changes: readonly StoreChange[] = [];
  private pending: { readonly event: Event; readonly apply: () => void } | undefined;
  private owner = 0;

  constructor(time: Time, random: Random, delay: number, events: MemoryEvents) {
    this.time = time;
    this.random = random;
    this.delay = delay;
    this.events = events;
  }

  /** For the next process. What an earlier one writes from now on is lost. */
  open(): SessionStore {
    this.owner += 1;
    const owner = this.owner;
    const records = recordsIn(this.bytesFor(owner));
    return recordStore({
      load: (clientId) => records.load(clientId),
      write: (changes) => {
        if (owner !== this.owner) return new Promise<void>(() => {});
        this.changes = changes;
        this.events.writing(changes);
        return records.write(changes);
      },
    });
  }

  /** The process is dead. @param lastWrite whether what it was about to write is written */
  kill(lastWrite: boolean): void {
    this.owner += 1;
    if (this.pending === undefined) return;
    this.pending.event.run = undefined;
    if (lastWrite) this.pending.apply();
    this.pending = undefined;
  }

  private bytesFor(owner: number): ByteStore {
    return {
      load: () => this.after(owner, () => [...this.bytes]),
      write: (changes) => {
        if (this.pending !== undefined) this.events.wrong('a write before the one before it was done');
        const { changes: records } = this;
        this.changes = [];
        const apply = () => {
          this.pending = undefined;
          for (const [key, value] of changes)
            if (value === undefined) this.bytes.delete(key);
            else this.bytes.set(key, value);
          for (const [key, record] of records)
            if (record === undefined) this.records.delete(key);
            else this.records.set(key, record);
          this.events.written(records);
        };
        return this.after(owner, apply, (event) => {
          this.pending = { event, apply };
        });
      },
    };
  }

  private after<T>(owner: number, act: () => T, scheduled: (event: Event) => void = () => {}): Promise<T> {
    return new Promise((resolve) => {
      const run = () => {
        if (owner !== this.owner) return;
        this.events.touched();
        resolve(act());
      };
      scheduled(this.time.schedule(this.random.below(this.delay + 1), run));
    });
  }
}
