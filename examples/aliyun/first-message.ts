import { connect } from 'mqtt311';
import { aliyun } from 'mqtt311/aliyun';
import { device } from './device.ts';

const client = await connect(aliyun(device));
console.log('signed in');

const topic = `/${device.productKey}/${device.deviceName}/user`;
await client.subscribe(`${topic}/get`, { qos: 1 }, (message) => console.log(message.text()));
await client.publish(`${topic}/update`, 'hello', { qos: 1 });
console.log('the platform has the message');

await client.close();
