// A client that moves on to the next server whenever it needs a new connection.
import { type Client, type ConnectOptions, createClient } from 'mqtt311';

/** @param urls the servers. With `cleanSession: false` they must share their sessions, as the nodes of a cluster do */
export function start(urls: readonly [string, ...string[]], options?: ConnectOptions): Client {
  return createClient(urls[0], {
    // The first delay is short, since the next server has done nothing wrong. It doubles all the same: all may be down.
    reconnect: { minDelay: 200 },
    connectTimeout: 5_000, // a server that never answers holds up the others
    ...options,
    // `number` counts all attempts. `failures` would begin again after each stable connection, and so stay with few servers.
    beforeConnect: ({ number }) => ({ url: urls[(number - 1) % urls.length]! }),
  });
}
