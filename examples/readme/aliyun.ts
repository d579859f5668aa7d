import { readFileSync } from 'node:fs';
import { connect } from 'mqtt311';
import { aliyun } from 'mqtt311/aliyun';

const client = await connect(
  aliyun({
    productKey: 'a1b2c3',
    deviceName: 'lamp',
    deviceSecret: process.env['DEVICE_SECRET']!,
    region: 'cn-shanghai',
    webSocketOptions: { ca: readFileSync('root-r1.pem') }, // in Node
  }),
);
await client.publish('/a1b2c3/lamp/user/update', 'on', { qos: 1 });
await client.close();
