// What outlives the process: the records of a session, who writes them, and their order.
import type { PublishPacket, PubrecPacket, PubrelPacket } from '../codec/codec.ts';
import { PUBREC } from '../codec/packets/packet.ts';

/**
 * The packet that would be sent next. The sender writes a PUBLISH (without an identifier while it waits for its turn)
 * and its PUBREL; the receiver writes the PUBREC of a QoS 2 message that the application has accepted.
 */
export type SessionRecord = PublishPacket | PubrelPacket | PubrecPacket;

/** An exchange or a message received, as the owner of a record. */
export interface RecordOwner {
  /** The key of its record; '' while it has none. */
  key: string;
}

/** A record under its key, a short ASCII string; undefined: the key is deleted. */
export type StoreChange = readonly [key: string, record: SessionRecord | undefined];

/** Where records can be kept. */
export interface RecordStore {
  /** Everything that is kept for this client id, in any order. Throws if it is damaged, or kept for another. */
  load(
    clientId: string,
  ): Iterable<readonly [string, SessionRecord]> | Promise<Iterable<readonly [string, SessionRecord]>>;
  /** Keeps all of these changes, in their order, or none. It is called again only when the promise has settled. */
  write(changes: readonly StoreChange[]): void | Promise<void>;
}

/**
 * A session's memory beyond the process, for unacknowledged publishes and the identifiers of QoS 2 messages received.
 * One store belongs to one client id. `mqtt311/level` makes it from a database, from bytes, or from records.
 */
export interface SessionStore {
  /** What was kept for this client id, in the order of the publishes. Rejects if the store belongs to another. */
  load(clientId: string): Promise<readonly (readonly [key: string, record: SessionRecord])[]>;
  /** Keeps this record in the place of the owner's last one; undefined deletes it. */
  keep(owner: RecordOwner, record: SessionRecord | undefined): void;
  /** Calls `kept` when everything so far is kept, or `failed` with the error of a write. */
  whenKept(kept: () => void, failed: (error: Error) => void): void;
}

const OUTBOUND = 'out/';

/** Makes a store for `connect` from anything that keeps records. What changes during a write is written by the next. */
export function recordStore(records: RecordStore): SessionStore {
  let lastKey = 0;
  let changes: StoreChange[] = []; // of the next batch
  let latest = Promise.resolve(); // the last batch is written; once a write has failed, no other follows

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
      // Each publish gets the next key, so that the order of the keys is that of the publishes, up to 2 ** 53.
      if (record?.type === PUBREC) owner.key = `in/${record.packetId}`;
      else if (record) owner.key ||= OUTBOUND + (++lastKey).toString(36).padStart(11, '0');
      if (owner.key !== '') write([owner.key, record]);
      if (!record) owner.key = '';
    },
    whenKept: (kept, failed) => void latest.then(kept, failed),
  };
}
