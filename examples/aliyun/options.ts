import { aliyun } from 'mqtt311/aliyun';
import { device } from './device.ts';

console.log(aliyun(device).url);
console.log(aliyun({ ...device, secure: false }).url);

const { region: _, ...anywhere } = device;
console.log(aliyun({ ...anywhere, instanceId: 'iot-060a1234' }).url);
console.log(aliyun({ ...anywhere, host: '127.0.0.1:8443' }).url);

const patient = aliyun({ ...device, clientId: '00-16-EA-AE-3C-40', keepAlive: 600, reconnect: { minDelay: 5_000 } });
console.log(patient.clientId, patient.keepAlive, patient.reconnect);
