import { connect } from 'mqtt311';

const client = await connect('ws://127.0.0.1:8083', { clientId: 'lamp' });
const messages = await client.subscribe('home/+/lamp', { qos: 1 });
await client.publish('home/kitchen/lamp', 'on', { qos: 1 }); // resolves when the broker has acknowledged it
for await (const message of messages) {
  console.log(message.topic, message.text());
  break; // acknowledges the message, and unsubscribes
}
await client.close();
