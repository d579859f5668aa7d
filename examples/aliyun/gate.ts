import { connect } from 'mqtt311';
import { aliyun } from 'mqtt311/aliyun';
import { startGate } from 'mqtt311/gate';

const device = { productKey: 'a1b2c3', deviceName: 'lamp', deviceSecret: 'for this gate alone' };
await using gate = await startGate({ devices: [device] });

const host = `127.0.0.1:${gate.wssPort}`;
const webSocketOptions = { ca: gate.ca };
const client = await connect(aliyun({ ...device, host, webSocketOptions, reconnect: { minDelay: 10 } }));

const set = '/sys/a1b2c3/lamp/thing/service/property/set';
await client.subscribe(set, { qos: 1 }, (message) => {
  const { id } = message.json() as { id: string };
  return client.publish(`${set}_reply`, JSON.stringify({ id, code: 200, data: {} }));
});
console.log(await gate.setProperty('lamp', { power: 'off' }));

const again = new Promise<void>((resolve) => client.on('state', (state) => state === 'online' && resolve()));
gate.cut('lamp'); // as a network does
await again;
console.log(gate.stats('lamp').connects, 'connections');
await client.close();
