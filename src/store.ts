// What outlives the process: the session's records, and the order in which they are kept.
import type { SessionRecord } from './session.ts';

/** A record under its key, a short ASCII string; undefined: the key is deleted. */
export type StoreChange = readonly [key: string, record: SessionRecord | undefined];

/**
 * Where a session keeps what must outlive the process: unacknowledged publishes, and the identifiers of QoS 2 messages
 * received. One store belongs to one client id. `mqtt311/level` has two ready-made.
 */
export interface SessionStore {
  /** Everything kept for this client id, in any order. Throws when the store is another's, or cannot be understood. */
  load(
    clientId: string,
  ): Iterable<readonly [string, SessionRecord]> | Promise<Iterable<readonly [string, SessionRecord]>>;
  /** Keeps all of these changes, in their order, or none; called again only when the promise has settled. */
  write(changes: readonly StoreChange[]): void | Promise<void>;
}

/** Collects the changes of a turn and writes them at once, one batch after the other. */
export class Journal {
  private readonly store: SessionStore;
  private readonly failed: (error: Error) => void;
  private changes: StoreChange[] = [];
  private tail: Promise<void> | undefined; // undefined: everything is kept

  /** @param failed called when a write fails: from then on nothing is sure */
  constructor(store: SessionStore, failed: (error: Error) => void) {
    this.store = store;
    this.failed = failed;
  }

  add(key: string, record: SessionRecord | undefined): void {
    if (this.changes.length === 0) void Promise.resolve().then(() => this.commit());
    this.changes.push([key, record]);
  }

  /** Writes what was added. Resolves when all is kept, and never when a write has failed; undefined: it is. */
  commit(): Promise<void> | undefined {
    if (this.changes.length === 0) return this.tail;
    const changes = this.changes;
    this.changes = [];
    const written = this.tail === undefined ? this.write(changes) : this.tail.then(() => this.write(changes));
    if (written === undefined) return undefined;
    const tail: Promise<void> = written.then(() => {
      if (this.tail === tail) this.tail = undefined;
    });
    this.tail = tail;
    return tail;
  }

  private write(changes: readonly StoreChange[]): Promise<void> | undefined {
    const fail = (error: unknown) => {
      this.failed(error as Error);
      return new Promise<never>(() => {}); // nothing that waits for it may go on
    };
    try {
      return this.store.write(changes)?.then(undefined, fail);
    } catch (error) {
      return fail(error);
    }
  }
}
