import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { aliyun } from 'mqtt311/aliyun';

const { url, keepAlive, ...signed } = aliyun({
  productKey: 'a1b2c3',
  deviceName: 'lamp',
  deviceSecret: process.env['DEVICE_SECRET'],
  region: 'cn-shanghai',
});
const client = await mqtt.connectAsync(url, {
  ...signed, // clientId, username, password
  keepalive: keepAlive,
  reconnectPeriod: 15_000, // five CONNECTs a minute are the limit
  ca: readFileSync('root-r1.pem'),
});
await client.publishAsync('/a1b2c3/lamp/user/update', 'hello', { qos: 1 });
console.log('the platform has the message');
await client.endAsync();
