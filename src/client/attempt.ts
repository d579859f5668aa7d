// One attempt to connect, from top to bottom.
import type { ConnackPacket, ConnectPacket } from '../codec/codec.ts';
import { measure } from '../codec/encoder.ts';
import { ProtocolError } from '../codec/error.ts';
import { CONNECT } from '../codec/packets/packet.ts';
import { Connection } from '../connection/connection.ts';
import { ConnectionRefusedError } from './error.ts';
import { emit } from './events.ts';
import { toBytes } from './message.ts';
import type { MqttClient } from './mqtt-client.ts';
import { type ConnectOptions, withoutUserInfo } from './options.ts';

/**
 * Restores the session from the store, asks `beforeConnect`, checks the CONNECT, opens a connection and sends the
 * CONNECT. Then the connection tells the client of the CONNACK.
 *
 * The attempt is stale when the client has left it meanwhile: it was too late, or the client was closed. A stale one
 * does nothing.
 */
export async function attempt(client: MqttClient): Promise<void> {
  const { options, attempts: number } = client;
  const { beforeConnect, store } = options;
  const isStale = () => client.attempts !== number || client.state !== 'connecting';
  const isFinal = !beforeConnect; // another attempt would fail in the same way
  try {
    if (store && options.clientId && !(await restore(client, options.clientId, isStale))) return;
    const { backoff, lastError: cause } = client;
    const { failures = 0 } = backoff ?? {};
    const overrides = beforeConnect ? await Promise.resolve({ number, failures, cause }).then(beforeConnect) : {};
    if (isStale()) return;
    const all = { ...options, ...withoutUserInfo(overrides) };
    const packet = connectPacketOf(all);
    measure(CONNECT, packet); // an illegal one opens no connection
    const url = (all.url ?? options.url) as string;
    const { transport = await client.platform(all) } = all;
    if (isStale()) return;
    if (store && !(await restore(client, packet.clientId, isStale))) return;
    const connection = new Connection(client, packet.keepAlive, (events) => transport(url, events));
    if (isStale()) return connection.fail(client.failure!); // the transport has closed the client
    client.connection = connection;
    connection.send(packet);
  } catch (error) {
    if (isStale()) return;
    if (isFinal) client.change('failed', error as Error);
    else client.ended(error as Error);
  }
}

/**
 * Restores what an earlier process has kept, as early as the client id is known: what this process publishes is kept behind
 * it. Returns whether the attempt goes on.
 */
async function restore(client: MqttClient, clientId: string, isStale: () => boolean): Promise<boolean> {
  const { session, options } = client;
  try {
    client.loading ??= { clientId, records: options.store!.load(clientId) };
    const { records, clientId: owner } = client.loading;
    if (owner !== clientId) throw new TypeError(`the store belongs to client id '${owner}', not to '${clientId}'`);
    const kept = await records;
    if (isStale()) return false;
    if (!client.isRestored) session.restore(kept, (error) => error && !client.failure && emit(client, 'error', error));
    client.isRestored = true;
    return true;
  } catch (error) {
    if (!isStale()) client.change('failed', error as Error);
    return false;
  }
}

function connectPacketOf(options: ConnectOptions): ConnectPacket {
  const { cleanSession = true, keepAlive = 60, clientId = '', will, username, password } = options;
  return {
    type: CONNECT,
    cleanSession,
    keepAlive,
    clientId,
    will: will && { qos: 0, retain: false, ...will, payload: toBytes(will.payload, 'will payload') },
    username,
    password: password === undefined ? password : toBytes(password, 'password'),
  };
}

/** The broker has answered. Throws ConnectionRefusedError, or ProtocolError, unless it accepts. */
export function checkConnack(
  { returnCode, sessionPresent }: ConnackPacket,
  { cleanSession = true }: ConnectOptions,
): void {
  if (returnCode !== 0) throw new ConnectionRefusedError(returnCode);
  if (sessionPresent && cleanSession)
    throw new ProtocolError(
      'MQTT-3.2.2-1',
      'the broker kept a session that was to be clean; cleanSession: false connects to it',
    );
}
