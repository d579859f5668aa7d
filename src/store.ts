// What outlives the process: where a session's state is kept, and in which order.

/** A key and its bytes; undefined: the key is deleted. */
export type StoreChange = readonly [key: string, value: Uint8Array | undefined];

/**
 * Where a session keeps what must outlive the process: unacknowledged publishes, and the identifiers of QoS 2 messages
 * received. One store belongs to one client id. Keys are short ASCII strings.
 */
export interface SessionStore {
  /** Everything kept, in any order. */
  load(): Iterable<readonly [string, Uint8Array]> | Promise<Iterable<readonly [string, Uint8Array]>>;
  /** Keeps all of these changes, in their order, or none; called again only when the promise has settled. */
  write(changes: readonly StoreChange[]): void | Promise<void>;
}

/** The store holds what is not this client's, or what nobody can read: nothing of it was used or changed. */
export class StoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreError';
  }
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

  add(key: string, value: Uint8Array | undefined): void {
    if (this.changes.length === 0) void Promise.resolve().then(() => this.commit());
    this.changes.push([key, value]);
  }

  /** Writes what was added. The promise resolves when all is kept, and never when a write has failed; undefined: now. */
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
