// u8-mqtt as a program, as program.js says. It knows QoS 0 and 1.
import { readFileSync } from 'node:fs';
import { mqtt_v4 } from 'u8-mqtt';
import { WebSocket } from 'ws';
import { bytes, serve, setting, tell } from './program.js';

globalThis.WebSocket ??= WebSocket; // Node has its own from version 22 on
const { version } = JSON.parse(readFileSync(new URL('node_modules/u8-mqtt/package.json', import.meta.url)));

const { transport, port, clientId, clean, username, password, will } = setting;
const client = mqtt_v4({
  log_conn: () => {},
  on_error: (error) => tell({ event: 'error', message: error.message }),
  on_disconnect: (_, isIntended) => isIntended || tell({ event: 'lost' }),
  on_live: () => {},
});
client.on_topic('*', ({ topic, payload, qos, retain }) =>
  tell({ event: 'message', topic, payload: Buffer.from(payload).toString('base64'), qos, retain }),
);
if (transport === 'tcp') client.with_tcp(port, '127.0.0.1');
else client.with_websock(`ws://127.0.0.1:${port}/mqtt`);
try {
  const [{ flags }] = await client.connect({
    client_id: clientId,
    flags: { clean_start: clean },
    username,
    password,
    will: will && { ...will, payload: bytes(will.payload) },
  });
  tell({ event: 'connected', present: (flags & 1) === 1, version });
} catch ({ reason, message }) {
  tell({ event: 'refused', code: Number(reason), message });
}
await serve({
  subscribe: async (topic, qos) => (await client.subscribe([[topic, { qos }]]))[0].answers.map(Number),
  unsubscribe: (topic) => client.unsubscribe([topic]),
  publish: (topic, payload, qos, retain) => client.pub({ topic, payload, qos, retain }),
  disconnect: () => client.disconnect(),
});
