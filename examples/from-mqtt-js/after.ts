import { createClient } from 'mqtt311';

const url = 'wss://broker.example/mqtt';
// #region
// 1. connect, in the background
const client = createClient(url, {
  clientId: 'lamp',
  cleanSession: true,
  keepAlive: 30,
  reconnect: { minDelay: 2_000 },
  will: { topic: 'lamps/lamp', payload: 'lost', qos: 1, retain: true },
  webSocketOptions: { rejectUnauthorized: true }, // only in Node: what `ws` takes
});
// 2. hear of the connection
client.on('state', (state) => console.log(state === 'online' ? `online ${client.sessionPresent}` : 'not online'));
client.on('error', (error) => console.log(error.message));
// 3. and 4. subscribe with a handler, which gets the messages of these filters and no others
const rooms = await client.subscribe('rooms/+/light', { qos: 1 }, (message) => {
  console.log(message.topic, message.text(), message.retain);
});
// 5. subscribe with a QoS for each filter
await client.subscribe([{ topicFilter: 'alarms/#', qos: 2 }, 'news/#'], () => {});
// 6. publish, and wait for the acknowledgement
await client.publish('rooms/kitchen/light', JSON.stringify({ on: true }), { qos: 1 });
// 7. publish, and go on: a promise in place of the callback
const published = client.publish('lamps/lamp', 'here', { qos: 1, retain: true });
published.then(() => console.log('acknowledged'), console.log);
// 8. look whether it is connected
if (client.state === 'online') console.log('connected');
// 9. unsubscribe
await published;
await rooms.unsubscribe(); // or client.unsubscribe('rooms/+/light')
// 10. end
await client.close();
// #endregion
