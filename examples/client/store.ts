import { ClassicLevel } from 'classic-level'; // in a browser: browser-level, in IndexedDB
import { connect } from 'mqtt311';
import { levelStore } from 'mqtt311/level';

const store = levelStore(new ClassicLevel('./session'));
const client = await connect('wss://broker.example/mqtt', { clientId: 'lamp', cleanSession: false, store });
await client.publish('rooms/kitchen', 'on', { qos: 1 }); // kept before it is sent, until it is acknowledged
await client.close();
