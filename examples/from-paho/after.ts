import { createClient } from 'mqtt311';

const url = 'wss://broker.example/mqtt';
// #region
// 1. to 3. a client that connects in the background, and its will
const client = createClient(url, {
  clientId: 'lamp',
  cleanSession: true,
  keepAlive: 30, // seconds
  connectTimeout: 10_000, // milliseconds
  will: { topic: 'lamps/lamp', payload: 'lost', qos: 1 },
});
client.on('state', (state, cause) => state !== 'online' && console.log('not online', cause?.message));
client.on('error', (error) => console.log(error.message));
// 4. subscribe: at once, for it waits until the client is online, and is done again for each connection
const rooms = await client.subscribe('rooms/+/light', { qos: 1 });
// 6. publish; 7. hear of the acknowledgement
await client.publish('rooms/kitchen/light', 'on', { qos: 1 });
console.log('delivered rooms/kitchen/light');
// 5. receive: in a loop, or with a handler as the last argument of subscribe()
for await (const message of rooms) {
  console.log(message.topic, message.text(), message.retain);
  break;
}
// 8. unsubscribe: this session is a clean one, so leaving the loop has done it
// 9. look whether it is connected, 10. end: close() may be called in every state
if (client.state === 'online') await client.close();
// #endregion
