// What outlives the process: the session's records, and the order in which they are kept.
import { PUBREC } from '../codec/packets/packet.ts';
import type { RecordOwner, SessionRecord } from './session.ts';

/** A record under its key, a short ASCII string; undefined: the key is deleted. */
export type StoreChange = readonly [key: string, record: SessionRecord | undefined];

/** Where records can be kept. */
export interface RecordStore {
  /** Everything kept for this client id, in any order. Throws when the store is another's, or cannot be understood. */
  load(
    clientId: string,
  ): Iterable<readonly [string, SessionRecord]> | Promise<Iterable<readonly [string, SessionRecord]>>;
  /** Keeps all of these changes, in their order, or none; called again only when the promise has settled. */
  write(changes: readonly StoreChange[]): void | Promise<void>;
}

/**
 * A session's memory beyond the process, for unacknowledged publishes and the identifiers of QoS 2 messages received.
 * One store belongs to one client id. `mqtt311/level` makes it: of a database, of bytes, or of records.
 */
export interface SessionStore {
  /** What was kept for this client id, in the order of the publishes. Rejects when the store is not its own. */
  load(clientId: string): Promise<readonly (readonly [key: string, record: SessionRecord])[]>;
  /** Keeps what becomes of one exchange, under one key; undefined forgets it. */
  keep(owner: RecordOwner, record: SessionRecord | undefined): void;
  /** Calls back when all is kept that was said so far; or, when a write has failed, with its error. */
  whenKept(kept: () => void, failed: (error: Error) => void): void;
}

const OUTBOUND = 'out/';

/** A store for `connect`, in whatever keeps records: in batches, of a turn, or of all turns that a write took. */
export function recordStore(records: RecordStore): SessionStore {
  let lastKey = 0;
  let changes: StoreChange[] = []; // of the batch that waits for the present write, and grows meanwhile
  let latest = Promise.resolve(); // of all batches; once it is rejected, nothing is written any more

  function write(change: StoreChange): void {
    if (changes.push(change) > 1) return;
    latest = latest.then(() => {
      const batch = changes;
      changes = [];
      return records.write(batch);
    });
  }

  return {
    async load(clientId) {
      await latest.catch(() => {}); // of a client before this one
      latest = Promise.resolve();
      changes = [];
      const all = [...(await records.load(clientId))].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [key] of all) if (key.startsWith(OUTBOUND)) lastKey = Number.parseInt(key.slice(OUTBOUND.length), 36);
      return all;
    },
    keep(owner, record) {
      // a publish that has no key gets the next: the order of the keys is that of the publishes, up to 2 ** 53
      if (record?.type === PUBREC) owner.key = `in/${record.packetId}`;
      else if (record) owner.key ||= OUTBOUND + (++lastKey).toString(36).padStart(11, '0');
      if (owner.key !== '') write([owner.key, record]);
      if (!record) owner.key = '';
    },
    whenKept: (kept, failed) => void latest.then(kept, failed),
  };
}
