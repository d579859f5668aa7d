import { createClient } from 'mqtt311';

const client = createClient('wss://broker.example/mqtt', { clientId: 'lamp' }); // it connects in the background
client.on('error', (error) => console.log(`${error}`));

// what is asked for before it is online waits
await client.subscribe('rooms/+/light', { qos: 1 }, (message) => console.log(message.topic, message.text()));
await client.publish('rooms/kitchen/light', 'on', { qos: 1 });

await client.close(); // what was published goes out first
