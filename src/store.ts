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
export interface Journal {
  keep(key: string, record: SessionRecord | undefined): void;
  /** Calls back when all is kept that was added so far, and never when a write has failed. */
  whenKept(callback: () => void): void;
}

/** @param failed called when a write has failed, and whenever something waits for it: from then on nothing is sure */
export function createJournal(store: SessionStore, failed: (error: Error) => void): Journal {
  let changes: StoreChange[] = []; // of the batch that waits for the present write, and grows meanwhile
  let latest = Promise.resolve(); // of all batches; once it is rejected, nothing is written any more

  const whenKept = (callback: () => void) => void latest.then(callback, failed);

  return {
    keep(key, record) {
      if (changes.push([key, record]) > 1) return;
      latest = latest.then(() => {
        const batch = changes;
        changes = [];
        return store.write(batch);
      });
      whenKept(() => {});
    },
    whenKept,
  };
}
