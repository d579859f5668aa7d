// A notebook that works without a network: what is published is kept, goes out when there is a connection, and survives
// the end of the process.
import { type Client, type ClientState, ConnectionLostError, type ConnectOptions, createClient } from 'mqtt311';
import { type LevelDatabase, levelStore } from 'mqtt311/level';

export interface Status {
  readonly state: ClientState;
  /** Notes of this process that the broker has not acknowledged. */
  readonly unsent: number;
}

export interface Notebook {
  readonly client: Client;
  /** Resolves when the broker has the note. An app does not wait for that: it shows the note, and how many are unsent. */
  save(note: object): Promise<void>;
}

/** @param database in Node a ClassicLevel, in a browser a BrowserLevel: `new BrowserLevel('notebook')` */
export function open(
  url: string,
  database: LevelDatabase,
  show: (status: Status) => void,
  options?: ConnectOptions,
): Notebook {
  const clientId = 'notebook'; // the store belongs to it, so it must be the same in the next process
  const store = levelStore(database);
  // createClient, since connect would wait for a network that is not there
  const client = createClient(url, { clientId, cleanSession: false, store, ...options });
  let unsent = 0;
  const tell = (added = 0) => {
    unsent += added;
    show({ state: client.state, unsent });
  };
  client.on('state', () => tell());
  client.on('error', (error) => console.warn(`${error}`)); // without a network there are many: each attempt that failed
  return {
    client,
    async save(note) {
      tell(1);
      try {
        await client.publish('notes', JSON.stringify(note), { qos: 1 }); // one of QoS 0 would not be kept
        tell(-1);
      } catch (error) {
        // When the client was closed, the note stays in the store, and the next process sends it.
        if (!(error instanceof ConnectionLostError)) tell(-1);
        throw error;
      }
    },
  };
}
