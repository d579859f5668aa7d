import { connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';

const broker = createBroker();
broker.on('packet', ({ direction, packet, fate }) => console.log(direction, `type ${packet?.type}`, fate));
const client = await connect('ws://test', { transport: broker.transport });
await client.publish('greeting', 'hello', { qos: 1 });
await client.close();
broker.close();
