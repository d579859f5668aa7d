// Presence: whoever subscribes to devices/+/status knows which devices are there.
import { type ConnectOptions, connect, createClient } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';

export function startDevice(url: string, name: string, options?: ConnectOptions) {
  const topic = `devices/${name}/status`;
  const will = { topic, payload: 'offline', qos: 1, retain: true } as const;
  const client = createClient(url, { clientId: name, will, ...options });
  const say = (status: string) => client.publish(topic, status, { qos: 1, retain: true }).catch(() => {}); // 'error' tells
  client.on('state', (state) => {
    if (state === 'online') say('online'); // after every connection: the will of the last one may have been published
  });
  const stop = () => {
    say('offline'); // a DISCONNECT discards the will
    return client.close(); // waits until it is acknowledged, for 5 s at most
  };
  return { client, stop };
}

const broker = createBroker(); // in this process, to try it
const { transport } = broker;
const watcher = await connect('ws://test', { transport, clientId: 'watcher' });
const statuses = await watcher.subscribe('devices/+/status', { qos: 1 });
const lamp = startDevice('ws://test', 'lamp', { transport, reconnect: { minDelay: 1 } });

const changes: string[] = [];
for await (const message of statuses) {
  const status = message.text();
  if (status === changes.at(-1)) continue; // at QoS 1 a message may come twice
  changes.push(status);
  console.log(message.topic, status);
  if (changes.length === 1) broker.network.cut({ clientId: 'lamp' });
  if (changes.length === 3) lamp.stop();
  if (changes.length === 4) break;
}
await watcher.close();
broker.close();
