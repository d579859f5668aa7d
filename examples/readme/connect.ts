import { connect } from 'mqtt311';

const client = await connect('wss://broker.example:443/mqtt', { clientId: 'lamp', keepAlive: 60 });

const subscription = await client.subscribe('rooms/+/temperature', { qos: 1 });
await client.publish('rooms/kitchen/temperature', '21.5', { qos: 1 }); // resolves at the PUBACK

for await (const message of subscription) {
  console.log(message.topic, message.text()); // acknowledged when the loop asks for the next one
  break; // it is acknowledged, and the client unsubscribes, as the session is a clean one
}
await client.close();
