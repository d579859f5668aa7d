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

/** Collects changes and writes them in batches, one after the other: of a turn, or of all turns that a write took. */
export class Journal {
  private readonly store: SessionStore;
  private readonly failed: (error: Error) => void;
  private changes: StoreChange[] = [];
  private writing: Promise<void> | undefined;
  private next: Promise<void> | undefined; // of the batch that waits for the present write, and grows meanwhile

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
    if (this.next !== undefined) return this.next;
    if (this.changes.length === 0) return this.writing;
    if (this.writing === undefined) return this.begin();
    this.next = this.writing.then(() => {
      this.next = undefined;
      return this.begin();
    });
    return this.next;
  }

  private begin(): Promise<void> | undefined {
    const writing = this.write()?.then(() => {
      if (this.writing === writing) this.writing = undefined;
    });
    this.writing = writing;
    return writing;
  }

  private write(): Promise<void> | undefined {
    const changes = this.changes;
    this.changes = [];
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
