import { sign } from 'mqtt311/aliyun';

const device = { productKey: 'pk', deviceName: 'device', deviceSecret: 'secret', clientId: '12345' };
console.log(sign({ ...device, timestamp: 789, signMethod: 'hmacsha1' }));
console.log(sign({ ...device, timestamp: 789, signMethod: 'hmacsha1', secure: false }).clientId);
