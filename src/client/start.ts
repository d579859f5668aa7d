// A client that begins, on a platform that makes its transports.
import { settleOrAbort } from './abort.ts';
import type { Client } from './client.ts';
import { MqttClient } from './mqtt-client.ts';
import { type AnyOptions, type ConnectOptions, optionsWithUrl, type Platform } from './options.ts';

export function createClientOn(platform: Platform, urlOrOptions: AnyOptions, options?: ConnectOptions): Client {
  const all = optionsWithUrl(urlOrOptions, options);
  const client = new MqttClient(all, platform, false);
  start(client, all).catch(() => {});
  return client;
}

export async function connectOn(
  platform: Platform,
  urlOrOptions: AnyOptions,
  options?: ConnectOptions,
): Promise<Client> {
  const all = optionsWithUrl(urlOrOptions, options);
  const { initial = false } = all.reconnect || {};
  const client = new MqttClient(all, platform, !initial);
  await start(client, all);
  return client;
}

/** Makes the first attempt. The signal ends the client as long as it has not been online. */
function start(client: MqttClient, { signal }: ConnectOptions): Promise<void> {
  return settleOrAbort(signal, (resolve, reject) => {
    client.ready.then(resolve, reject);
    client.change('due');
    return (reason) => client.change('failed', reason);
  });
}
