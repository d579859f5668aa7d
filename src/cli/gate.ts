// The local stand-in of Alibaba Cloud IoT Platform. It needs packages that the library does not.
import { randomBytes } from 'node:crypto';
import { visible } from '../explain/visible.ts';
import { type Command, command, integerOf, UsageError } from './command.ts';
import { devicesIn } from './devices.ts';
import { caFileOf } from './gate/ca-file.ts';
import { type Device, type Gate, type GateOptions, startGate } from './gate/gate.ts';
import { PACKAGES } from './gate/package.ts';
import { interruption, printJson, printLine, tell } from './terminal.ts';

const NPX = `npx ${['mqtt311', ...PACKAGES].map((name) => `-p ${name}`).join(' ')} mqtt311 gate`;

export const gate: Command = command({
  name: 'gate',
  summary: 'run a local stand-in of Alibaba Cloud IoT Platform',
  usage: '[--ws-port N] [--wss-port N]',
  says: `Runs a local stand-in of Alibaba Cloud IoT Platform until it is interrupted: devices sign in, publish and
subscribe as they would there. Prints its URLs, its certificate and its devices; what happens goes to stderr.
It makes up two devices, and prints them with their secrets; of devices in a file it prints the names alone.`,
  options: {
    'ws-port': { type: 'string', value: 'N', default: '0', says: '0: any that is free' },
    'wss-port': { type: 'string', value: 'N', default: '0', says: '0: any that is free' },
    devices: {
      type: 'string',
      value: 'FILE',
      says: 'JSON: [{ "productKey": …, "deviceName": …, "deviceSecret": … }, …]',
    },
    ca: { type: 'string', value: 'DIR', says: 'keep the certificate authority there, for the next gate' },
    json: { type: 'boolean', says: 'print all that as JSON' },
  },
  notes: `With --ca, DIR holds ca.pem, which clients trust, and its private key, ca-key.pem. Keep the key secret: with it, anybody
can pretend to be any server to these clients. The gate makes both at its first start, and again when they have expired.

It needs packages that mqtt311 does not bring: ${NPX}`,
  examples: ['mqtt311 gate --ws-port 8083 --wss-port 8443', 'mqtt311 gate --devices devices.json --ca gate-ca'],
  async run(values) {
    const wsPort = integerOf('ws-port', values['ws-port'], 0, 65_535)!;
    const wssPort = integerOf('wss-port', values['wss-port'], 0, 65_535)!;
    const { devices: devicesFile, ca: caFolder } = values;
    if (caFolder === '') throw new UsageError('--ca must name a folder');
    const devices = devicesFile === undefined ? madeUp() : devicesIn(devicesFile);
    await using running = await start({ devices, wsPort, wssPort, log: tell, caFolder });
    using caFile = caFileOf(running.ca, caFolder);
    const { wsUrl, wssUrl } = running;
    const shown = devicesFile === undefined ? devices : devices.map(nameOf);
    const greeting = { wsUrl, wssUrl, caFile: caFile.path, devices: shown };
    if (values.json) printJson(greeting);
    else printLine(greetingOf(greeting));
    await interruption;
    return 0;
  },
});

/** Here the packages may be missing because `npx` has fetched mqtt311 alone. */
async function start(options: GateOptions): Promise<Gate> {
  try {
    return await startGate(options);
  } catch (error) {
    const { message, cause } = error as Error;
    if (!/MODULE_NOT_FOUND/.test(`${(cause as NodeJS.ErrnoException | undefined)?.code}`)) throw error;
    throw new Error(`${message}; or ${NPX}`, { cause });
  }
}

function madeUp(): readonly Device[] {
  return ['lamp', 'meter'].map((deviceName) => ({
    productKey: 'a1LocalGate',
    deviceName,
    deviceSecret: randomBytes(16).toString('hex'),
  }));
}

const MADE_UP = '\n         (they live as long as this gate, so their secrets may be shown)';

type Shown = Omit<Device, 'deviceSecret'> & Partial<Device>;

const nameOf = ({ productKey, deviceName }: Device): Shown => ({ productKey, deviceName });

interface Greeting {
  readonly wsUrl: string;
  readonly wssUrl: string;
  readonly caFile: string;
  readonly devices: readonly Shown[];
}

function greetingOf({ wsUrl, wssUrl, caFile, devices }: Greeting): string {
  const { productKey, deviceName } = devices[0]!;
  const device = visible(`--product-key ${productKey} --device-name ${deviceName}`);
  const host = wsUrl.replace('ws://', '');
  const areMadeUp = devices[0]!.deviceSecret !== undefined;
  return `ws       ${wsUrl}
wss      ${wssUrl}
CA       ${caFile}
devices  ${devices.map((each) => visible(JSON.stringify(each))).join('\n         ')}${areMadeUp ? MADE_UP : ''}
connect  await connect({ ...aliyun({ ...device, host: '${host}', secure: false }) })
         DEVICE_SECRET=… mqtt311 ping --aliyun ${device} --host ${host} --no-tls
         or, over wss, with --ca or NODE_EXTRA_CA_CERTS set to the CA file; Ctrl-C stops the gate`;
}
