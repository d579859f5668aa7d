import { connect } from 'mqtt311';
import { aliyun } from 'mqtt311/aliyun';
import { device } from './device.ts';

const client = await connect(aliyun(device));
const topic = `/sys/${device.productKey}/${device.deviceName}/thing/event/property/post`;
const method = 'thing.event.property.post';

const replies = await client.subscribe(`${topic}_reply`, { qos: 1 });
const report = { id: '1', version: '1.0', params: { brightness: 60 }, method };
await client.publish(topic, JSON.stringify(report), { qos: 1 });
for await (const reply of replies) {
  console.log(reply.json());
  break;
}
await client.close();
