// A durable session store in any abstract-level database: classic-level on disk, browser-level in IndexedDB.
import type { SessionStore } from './store.ts';

/** The part of an abstract-level database that is used. */
export interface LevelDatabase {
  iterator(options: object): { all(): Promise<[unknown, unknown][]> };
  batch(operations: never[], options: object): Promise<void>;
}

const ENCODING = { keyEncoding: 'utf8', valueEncoding: 'view' };

/**
 * A store for `connect`. The database, or a sublevel of one, belongs to this one client: its client id is kept in it,
 * and a store with another one's is refused. Opening and closing the database is yours.
 */
export function levelStore(database: LevelDatabase): SessionStore {
  return {
    load: () => database.iterator(ENCODING).all() as Promise<[string, Uint8Array][]>,
    write(changes) {
      const operations = changes.map(([key, value]) =>
        value === undefined ? { type: 'del', key } : { type: 'put', key, value },
      );
      // sync: on disk, not only with the operating system
      return database.batch(operations as never[], { ...ENCODING, sync: true });
    },
  };
}
