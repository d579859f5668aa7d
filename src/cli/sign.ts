import { aliyun, sign as signDevice } from '../aliyun/aliyun.ts';
import { visible } from '../explain/visible.ts';
import { type Command, command, refuseAsUsage } from './command.ts';
import { DEVICE_OPTIONS, deviceOf, endpointOf } from './connection.ts';
import { printJson, printLine, readSecret } from './terminal.ts';

export const sign: Command = command({
  name: 'sign',
  summary: 'sign a device in to Alibaba Cloud IoT Platform, with any client',
  usage: '--product-key KEY --device-name NAME [--region REGION | --instance ID | --host HOST[:PORT]]',
  says: `Prints client id, user name and password with which any MQTT client signs a device in to Alibaba Cloud IoT
Platform; with a region, an instance or a host also the URL. The device secret is read from the environment
variable DEVICE_SECRET, or from standard input.`,
  options: {
    ...DEVICE_OPTIONS,
    'client-id': { type: 'string', short: 'i', value: 'ID', says: 'default: KEY.NAME' },
    timestamp: { type: 'string', value: 'MILLISECONDS', says: 'to be signed too; default: none' },
    json: { type: 'boolean', says: 'as JSON' },
  },
  examples: [
    'DEVICE_SECRET=secret mqtt311 sign --product-key a1b2c3 --device-name lamp --region cn-shanghai',
    'printf secret | mqtt311 sign --product-key a1b2c3 --device-name lamp --host localhost:8443 --json',
  ],
  async run(values) {
    const device = deviceOf(values);
    const endpoint = endpointOf(values);
    const { 'client-id': clientId = `${device.productKey}.${device.deviceName}`, timestamp, tls: secure } = values;
    const deviceSecret = await readSecret('DEVICE_SECRET');
    const options = { ...device, deviceSecret, clientId, timestamp, secure };
    const signed = refuseAsUsage(() => ({
      ...signDevice(options),
      url: endpoint && aliyun({ ...options, ...endpoint }).url,
    }));
    if (values.json) {
      printJson(signed);
      return 0;
    }
    printLine(`client id  ${visible(signed.clientId)}`);
    printLine(`user name  ${visible(signed.username)}`);
    printLine(`password   ${signed.password}`);
    if (signed.url !== undefined) printLine(`URL        ${visible(signed.url)}`);
    return 0;
  },
});
