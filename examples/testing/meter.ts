// An application: it publishes what a meter counts, and signs in with a token that expires.
import { type ConnectOptions, createClient } from 'mqtt311';

export function startMeter(token: () => string, options: ConnectOptions = {}) {
  const client = createClient('wss://broker.example', {
    clientId: 'meter',
    cleanSession: false,
    beforeConnect: () => ({ username: 'meter', password: token() }),
    ...options,
  });
  client.on('error', () => {}); // it tries again
  return { client, count: (units: number) => client.publish('meter/count', `${units}`, { qos: 1 }) };
}
