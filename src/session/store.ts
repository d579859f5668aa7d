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
  let changes: [owner: RecordOwner, record: SessionRecord | undefined][] = []; // of the next batch
  let latest: Promise<unknown> = Promise.resolve(); // once it has failed, nothing is written before the next load

  /** The next key is known when the store is loaded. It grows, so that the keys have the order of the publishes. */
  function keyed([owner, record]: (typeof changes)[number]): StoreChange {
    if (record?.type === PUBREC) owner.key = `in/${record.packetId}`;
    else if (record) owner.key ||= OUTBOUND + (++lastKey).toString(36).padStart(11, '0'); // up to 2 ** 53
    const { key } = owner;
    if (!record) owner.key = '';
    return [key, record];
  }

  return {
    load(clientId) {
      changes = []; // not those of a client before this one
      const loaded = latest
        .catch(() => {})
        .then(() => records.load(clientId))
        .then((entries) => {
          const all = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
          for (const [key] of all)
            if (key.startsWith(OUTBOUND)) lastKey = Number.parseInt(key.slice(OUTBOUND.length), 36);
          return all;
        });
      latest = loaded;
      return loaded;
    },
    keep(owner, record) {
      const batch = changes;
      if (batch.push([owner, record]) > 1) return;
      latest = latest.then(() => {
        if (changes === batch) changes = [];
        const keyedBatch = batch.map(keyed).filter(([key]) => key !== '');
        return keyedBatch.length > 0 ? records.write(keyedBatch) : undefined;
      });
    },
    whenKept: (kept, failed) => void latest.then(() => kept(), failed),
  };
}
