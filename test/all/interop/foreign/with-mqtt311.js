// Our own client as a program, as program.js says.
import { readFileSync } from 'node:fs';
import { connect } from '../../../../dist/index.node.js';
import { bytes, serve, setting, tell } from './program.js';

const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url)));
const { port, clientId, clean, username, password, will } = setting;
const client = await connect(`ws://127.0.0.1:${port}/mqtt`, {
  clientId,
  cleanSession: clean,
  username,
  password,
  will: will && { ...will, payload: bytes(will.payload) },
  reconnect: false,
}).catch(({ returnCode, message }) => {
  tell({ event: 'refused', code: returnCode, message });
  process.exit();
});
client.on('packet', (direction, { type, topic, payload, qos, retain }) => {
  if (direction === 'received' && type === 3)
    tell({ event: 'message', topic, payload: Buffer.from(payload).toString('base64'), qos, retain });
});
const acknowledge = () => {};
client.on('unrouted', acknowledge); // what waited in the session
client.on('state', (state, cause) => state === 'closed' && cause && tell({ event: 'lost' }));
tell({ event: 'connected', present: client.sessionPresent, version });
await serve({
  subscribe: async (topic, qos) => (await client.subscribe(topic, { qos }, acknowledge)).grantedQos,
  unsubscribe: (topic) => client.unsubscribe(topic),
  publish: (topic, payload, qos, retain) => client.publish(topic, payload, { qos, retain }),
  disconnect: () => client.close(),
});
