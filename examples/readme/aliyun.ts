import { readFileSync } from 'node:fs';
import { connect } from 'mqtt311';
import { aliyun } from 'mqtt311/aliyun';

const device = { productKey: 'a1b2c3', deviceName: 'lamp', deviceSecret: process.env['DEVICE_SECRET']! };
const ca = readFileSync('root-r1.pem'); // the platform's root, which Node does not bring
const client = await connect(aliyun({ ...device, region: 'cn-shanghai', webSocketOptions: { ca } }));
await client.publish('/a1b2c3/lamp/user/update', 'on', { qos: 1 });
await client.close();
