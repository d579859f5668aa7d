// Durable session stores: the records as bytes, in anything that keeps bytes, or in any abstract-level database.

import { textOf, utf8Of } from '#text';
import { decode, encode } from '../codec/codec.ts';
import { PUBLISH, PUBREC, PUBREL } from '../codec/packets/packet.ts';
import { type RecordStore, recordStore, type SessionRecord, type SessionStore } from './store.ts';

export { type RecordStore, recordStore, type SessionRecord, type SessionStore, type StoreChange } from './store.ts';

/** Keeps bytes under keys, which are short ASCII strings. */
export interface ByteStore {
  /** Everything that is kept, in any order. */
  load(): Iterable<readonly [string, Uint8Array]> | Promise<Iterable<readonly [string, Uint8Array]>>;
  /** Keeps all of these changes or none; an undefined value deletes. Resolves when they survive a crash. */
  write(changes: readonly (readonly [key: string, value: Uint8Array | undefined])[]): void | Promise<void>;
}

/** The part of an abstract-level database that is used. */
export interface LevelDatabase {
  iterator(options: object): { all(): Promise<[unknown, unknown][]> };
  batch(operations: never[], options: object): Promise<void>;
}

/** The store holds the session of another client, or is damaged. Nothing of it was used or changed. */
export class StoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreError';
  }
}

/** The entry with this key says whose session it is: a byte with the version of this format, and the client id. */
const OWNER = 'owner';
const VERSION = 1;

const ENCODING = { keyEncoding: 'utf8', valueEncoding: 'view' };

/**
 * Makes a store for `connect` from any abstract-level database: classic-level on disk, browser-level in IndexedDB. The
 * database, or a sublevel of one, must belong to this one client. The caller opens and closes it.
 */
export function levelStore(database: LevelDatabase): SessionStore {
  return byteStore({
    load: () => database.iterator(ENCODING).all() as Promise<[string, Uint8Array][]>,
    write(changes) {
      const operations = changes.map(([key, value]) =>
        value === undefined ? { type: 'del', key } : { type: 'put', key, value },
      );
      // With sync, it is on the disk, and not only in a buffer of the operating system.
      return database.batch(operations as never[], { ...ENCODING, sync: true });
    },
  });
}

/** Makes a store for `connect` from anything that keeps bytes under keys. `connect` rejects with StoreError. */
export function byteStore(bytes: ByteStore): SessionStore {
  return recordStore(recordsIn(bytes));
}

/** Keeps records as bytes. */
export function recordsIn(bytes: ByteStore): RecordStore {
  return {
    async load(clientId) {
      let isOwned = false;
      const records: [string, SessionRecord][] = [];
      for (const [key, value] of await bytes.load()) {
        if (key === OWNER) isOwned = checkOwner(value, clientId);
        else records.push([key, readRecord(key, value)]);
      }
      if (!isOwned && records.length > 0) throw new StoreError('the store has records, and does not say whose');
      if (!isOwned) await bytes.write([[OWNER, withFirstByte(VERSION, utf8Of(clientId)!)]]);
      return records;
    },
    write: (changes) => bytes.write(changes.map(([key, record]) => [key, record && writeRecord(record)])),
  };
}

function checkOwner(value: Uint8Array, clientId: string): boolean {
  const owner = value[0] === VERSION ? textOf(value, 1) : undefined;
  if (owner === undefined) throw new StoreError(`the store is not in version ${VERSION} of this format`);
  if (owner !== clientId) throw new StoreError(`the store belongs to client id '${owner}', not to '${clientId}'`);
  return true;
}

/** A byte and the packet. The byte is 1 if the packet has no identifier yet, and is written with identifier 1. */
function writeRecord(record: SessionRecord): Uint8Array {
  const isQueued = record.packetId === 0;
  return withFirstByte(isQueued ? 1 : 0, encode(isQueued ? { ...record, packetId: 1 } : record));
}

function readRecord(key: string, value: Uint8Array): SessionRecord {
  const torn = new StoreError(`entry '${key}' of the store is no record of this format, or a torn one`);
  let record: SessionRecord;
  try {
    record = decode(value.subarray(1)) as SessionRecord;
  } catch {
    throw torn;
  }
  const isInbound = record.type === PUBREC && key === `in/${record.packetId}`;
  const isOutbound = record.type === PUBLISH || record.type === PUBREL;
  if (!isInbound && !(isOutbound && /^out\/[0-9a-z]{11}$/.test(key))) throw torn;
  return value[0] === 1 && record.type === PUBLISH ? { ...record, packetId: 0 } : record;
}

function withFirstByte(first: number, rest: Uint8Array): Uint8Array {
  const whole = new Uint8Array(1 + rest.length);
  whole[0] = first;
  whole.set(rest, 1);
  return whole;
}
