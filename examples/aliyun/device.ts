// Who the device is, where the platform is, and whom to trust there.
import { readFileSync } from 'node:fs';

export const device = {
  productKey: 'a1b2c3',
  deviceName: 'lamp',
  deviceSecret: process.env['DEVICE_SECRET']!, // a secret belongs into no file
  region: 'cn-shanghai',
  webSocketOptions: { ca: readFileSync('root-r1.pem') },
};
