// MQTT.js as a program: commands as lines of JSON on its standard input, what happens to it on its standard output.
// Arguments: tcp or websockets, the port, the client id, and the will as JSON or nothing.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import mqtt from 'mqtt';

const [transport, port, clientId, will] = process.argv.slice(2);
const url = transport === 'tcp' ? `mqtt://127.0.0.1:${port}` : `ws://127.0.0.1:${port}/mqtt`;
const { version } = createRequire(import.meta.url)('mqtt/package.json');
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const bytes = (base64) => Buffer.from(base64, 'base64');

const options = { clientId, protocolVersion: 4 };
if (will) {
  const fields = JSON.parse(will);
  options.will = { ...fields, payload: bytes(fields.payload) };
}
const client = mqtt.connect(url, options);
client.on('connect', ({ returnCode }) => tell({ event: 'connected', code: returnCode, version }));
client.on('error', ({ message }) => tell({ event: 'error', message }));
client.on('message', (topic, payload, { qos, retain }) =>
  tell({ event: 'message', topic, payload: payload.toString('base64'), qos, retain }),
);
for await (const line of createInterface(process.stdin)) {
  const { do: what, topic, qos, retain, payload } = JSON.parse(line);
  if (what === 'subscribe') {
    const granted = await client.subscribeAsync(topic, { qos });
    tell({ event: 'subscribed', granted: granted.map((grant) => grant.qos) });
  } else {
    await client.publishAsync(topic, bytes(payload), { qos, retain });
    tell({ event: 'published' });
  }
}
await client.endAsync();
