import { ConnectionRefusedError, connect } from 'mqtt311';
import { aliyun } from 'mqtt311/aliyun';
import { device } from './device.ts';

try {
  await connect(aliyun({ ...device, deviceSecret: 'of another device' }));
} catch (error) {
  if (error instanceof ConnectionRefusedError) console.log(error.returnCode, error.message);
}

try {
  aliyun({ ...device, keepAlive: 20 });
} catch (error) {
  console.log(`${error}`); // refused before anything is sent
}
