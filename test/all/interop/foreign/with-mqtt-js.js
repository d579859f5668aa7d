// MQTT.js as a program, as program.js says.
import { createRequire } from 'node:module';
import mqtt from 'mqtt';
import { bytes, serve, setting, tell } from './program.js';

const { transport, port, will, clean, ...options } = setting;
const url = transport === 'tcp' ? `mqtt://127.0.0.1:${port}` : `ws://127.0.0.1:${port}/mqtt`;
const { version } = createRequire(import.meta.url)('mqtt/package.json');

const client = mqtt.connect(url, {
  ...options,
  ...(will && { will: { ...will, payload: bytes(will.payload) } }),
  clean,
  protocolVersion: 4,
  reconnectPeriod: 0,
});
client.on('connect', ({ sessionPresent }) => tell({ event: 'connected', present: sessionPresent, version }));
client.on('error', ({ code, message }) => tell({ event: code > 0 ? 'refused' : 'error', code, message }));
client.on('close', () => tell({ event: 'lost' }));
client.on('message', (topic, payload, { qos, retain }) =>
  tell({ event: 'message', topic, payload: payload.toString('base64'), qos, retain }),
);
await serve({
  subscribe: async (topic, qos) => (await client.subscribeAsync(topic, { qos })).map((grant) => grant.qos),
  unsubscribe: (topic) => client.unsubscribeAsync(topic),
  publish: (topic, payload, qos, retain) => client.publishAsync(topic, payload, { qos, retain }),
  disconnect: () => client.endAsync(),
});
