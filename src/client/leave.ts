// Leaving a connection in good order: first, what is under way.
import { restart } from '../connection/clock.ts';
import { ConnectionLostError } from '../connection/error.ts';
import { listen } from './events.ts';
import type { MqttClient } from './mqtt-client.ts';

/** Milliseconds for what is under way. */
export const DRAIN = 5_000;

/** Whether something goes on that leaving the connection would interrupt. */
function isBusy({ connection, publishing, router, state }: MqttClient): boolean {
  if (state === 'online' && (router?.isAtWork || !connection?.outgoing.isDrained)) return true;
  return (state === 'online' || state === 'connecting') && publishing > 0;
}

/**
 * Calls back when all publishes are acknowledged and no handler is at work, after this many milliseconds, or when there is
 * no connection. The client leaves messages that come meanwhile to the session.
 */
export function drain(client: MqttClient, milliseconds: number, callback: () => void): void {
  if (milliseconds === 0 || !isBusy(client)) return callback();
  const done = () => {
    if (!client.drains.delete(check)) return;
    client.clock.clearTimeout(timer);
    callback();
  };
  const check = () => {
    const { connection } = client;
    if (!isBusy(client)) done();
    else if (connection && !connection.outgoing.isDrained) connection.outgoing.taken().then(check, check);
  };
  const timer = restart(client.clock, undefined, milliseconds, done);
  client.drains.set(check, check);
  check();
}

/** Leaves the connection. Fulfilled when the client is online again, or when the connection has ended before a pause. */
export function leave(client: MqttClient, event: 'renew' | 'pause'): Promise<void> {
  return muted(
    new Promise((resolve, reject) => {
      drain(client, DRAIN, () => {
        if (client.failure) return reject(client.failure);
        if (event === 'renew') whenOnline(client).then(resolve, reject);
        else if (client.connection) client.left = resolve;
        else resolve();
        client.change(event, new ConnectionLostError('closed', 'the application left the connection'));
      });
    }),
  );
}

/** Fulfilled when the client is online the next time. */
export function whenOnline(client: MqttClient): Promise<void> {
  return muted(
    new Promise((resolve, reject) => {
      if (client.failure) return reject(client.failure);
      const stop = listen(client, 'state', (state) => {
        if (state !== 'online' && state !== 'closed') return;
        stop();
        if (state === 'online') resolve();
        else reject(client.failure);
      });
    }),
  );
}

/** Nobody has to listen to this promise. */
function muted<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
