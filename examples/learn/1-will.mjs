import { connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';

// A broker and a network in this process: so the program can cut a connection.
const broker = createBroker();
const { transport } = broker;

const app = await connect('ws://test', { transport, clientId: 'app' });
const messages = await app.subscribe('home/+/status', { qos: 1 });

const will = { topic: 'home/lamp/status', payload: 'offline', qos: 1, retain: true };
const lamp = await connect('ws://test', { transport, clientId: 'lamp', will, reconnect: false });
await lamp.publish('home/lamp/status', 'online', { qos: 1, retain: true });

for await (const message of messages) {
  console.log(`the lamp is ${message.text()}`);
  if (message.text() === 'offline') break;
  broker.network.cut({ clientId: 'lamp' }); // somebody pulls the plug: the lamp cannot say goodbye
}

await app.close();
broker.close();
