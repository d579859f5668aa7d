import { createClient } from 'mqtt311';

const client = createClient('wss://broker.example/mqtt', { clientId: 'lamp' });
client.on('error', (error) => console.log('error', `${error}`, error.cause ?? ''));
client.on('state', (state, cause) => console.log(state, cause?.message ?? ''));
await client.ready;
await client.close();
