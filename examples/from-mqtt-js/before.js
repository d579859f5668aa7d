import mqtt from 'mqtt';

const url = process.env.BROKER_URL;
// #region
// 1. connect, in the background
const client = mqtt.connect(url, {
  clientId: 'lamp',
  clean: true,
  keepalive: 30,
  reconnectPeriod: 2_000,
  will: { topic: 'lamps/lamp', payload: 'lost', qos: 1, retain: true },
  rejectUnauthorized: true,
});
// 2. hear of the connection
client.on('connect', ({ sessionPresent }) => console.log('online', sessionPresent));
client.on('close', () => console.log('not online'));
client.on('error', (error) => console.log(error.message));
// 3. receive: one listener for all messages, whatever was subscribed to
client.on('message', (topic, payload, { retain }) => {
  if (topic.startsWith('rooms/')) console.log(topic, payload.toString(), retain);
});
// 4. subscribe
await client.subscribeAsync('rooms/+/light', { qos: 1 });
// 5. subscribe with a QoS for each filter
await client.subscribeAsync({ 'alarms/#': { qos: 2 }, 'news/#': { qos: 0 } });
// 6. publish, and wait for the acknowledgement
await client.publishAsync('rooms/kitchen/light', JSON.stringify({ on: true }), { qos: 1 });
// 7. publish with a callback
client.publish('lamps/lamp', 'here', { qos: 1, retain: true }, (error) => console.log(error ?? 'acknowledged'));
// 8. look whether it is connected
if (client.connected) console.log('connected');
// 9. unsubscribe
await client.unsubscribeAsync('rooms/+/light');
// 10. end
await client.endAsync();
// #endregion
