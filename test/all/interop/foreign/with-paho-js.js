// Paho for JavaScript as a program, as program.js says.
import { createRequire } from 'node:module';
import { WebSocket } from 'ws';
import { bytes, serve, setting, tell } from './program.js';

globalThis.WebSocket ??= WebSocket; // Node has its own from version 22 on
const require = createRequire(import.meta.url);
const Paho = require('paho-mqtt');
const { version } = require('paho-mqtt/package.json');

const messageOf = ({ topic, payload, qos, retain }) =>
  Object.assign(new Paho.Message(payload), { destinationName: topic, qos, retained: retain });
const { port, clientId, clean, username, password, will } = setting;
const client = new Paho.Client('127.0.0.1', port, '/mqtt', clientId);
let delivered = () => {};
client.onMessageDelivered = () => delivered();
client.onMessageArrived = ({ destinationName, payloadBytes, qos, retained }) =>
  tell({
    event: 'message',
    topic: destinationName,
    payload: Buffer.from(payloadBytes).toString('base64'),
    qos,
    retain: retained,
  });
client.onConnectionLost = () => tell({ event: 'lost' });
client.connect({
  mqttVersion: 4,
  cleanSession: clean,
  ...(username && { userName: username, password }),
  ...(will && { willMessage: messageOf({ ...will, payload: bytes(will.payload) }) }),
  onSuccess: () => tell({ event: 'connected', version }),
  onFailure: ({ errorMessage }) =>
    tell({ event: 'refused', code: Number(/return code:(\d)/.exec(errorMessage)?.[1]), message: errorMessage }),
});
await serve({
  subscribe: (topic, qos) =>
    new Promise((onSuccess, onFailure) => client.subscribe(topic, { qos, onSuccess, onFailure })).then(
      ({ grantedQos }) => Array.from(grantedQos),
    ),
  unsubscribe: (topic) => new Promise((onSuccess, onFailure) => client.unsubscribe(topic, { onSuccess, onFailure })),
  publish: (topic, payload, qos, retain) =>
    new Promise((resolve) => {
      delivered = resolve;
      client.send(messageOf({ topic, payload, qos, retain }));
    }),
  disconnect: () => client.disconnect(),
});
