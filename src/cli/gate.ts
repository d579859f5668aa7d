// The local stand-in of Alibaba Cloud IoT Platform. It needs packages that the library does not.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, command, integerOf } from './command.ts';
import type { Device } from './gate/verifier.ts';
import { interruption, printJson, printLine, tell } from './terminal.ts';

/** What src/cli/gate imports. */
const PACKAGES = ['aedes@1', 'mqtt-packet@9', 'selfsigned@5', 'ws@8'];
const NPX = `npx ${['mqtt311', ...PACKAGES].map((name) => `-p ${name}`).join(' ')} mqtt311 gate`;

export const gate: Command = command({
  name: 'gate',
  summary: 'run a local stand-in of Alibaba Cloud IoT Platform',
  usage: '[--ws-port N] [--wss-port N]',
  says: `Runs a local stand-in of Alibaba Cloud IoT Platform until it is interrupted: devices sign in, publish and
subscribe as they would there. Prints its URLs, its certificate and its devices; what happens goes to stderr.`,
  options: {
    'ws-port': { type: 'string', value: 'N', default: '0', says: '0: any that is free' },
    'wss-port': { type: 'string', value: 'N', default: '0', says: '0: any that is free' },
    json: { type: 'boolean', says: 'print all that as JSON' },
  },
  notes: `It needs packages that mqtt311 does not bring: ${NPX}`,
  examples: ['mqtt311 gate --ws-port 8083 --wss-port 8443'],
  async run(values) {
    const wsPort = integerOf('ws-port', values['ws-port'], 0, 65_535)!;
    const wssPort = integerOf('wss-port', values['wss-port'], 0, 65_535)!;
    const { startGate } = await loadGate();
    const devices = ['lamp', 'meter'].map(
      (deviceName): Device => ({
        productKey: 'a1LocalGate',
        deviceName,
        deviceSecret: randomBytes(16).toString('hex'),
      }),
    );
    await using running = await startGate({ devices, wsPort, wssPort, log: tell });
    const folder = mkdtempSync(join(tmpdir(), 'mqtt311-gate-'));
    try {
      const caFile = join(folder, 'ca.pem');
      writeFileSync(caFile, running.ca);
      const { wsUrl, wssUrl } = running;
      if (values.json) printJson({ wsUrl, wssUrl, caFile, devices });
      else printLine(greetingOf({ wsUrl, wssUrl, caFile, devices }));
      await interruption;
      return 0;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

async function loadGate(): Promise<typeof import('./gate/gate.ts')> {
  try {
    return await import('./gate/gate.ts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`the gate needs packages beside mqtt311: npm install ${PACKAGES.join(' ')}; or ${NPX}`, {
      cause: error,
    });
  }
}

function greetingOf({
  wsUrl,
  wssUrl,
  caFile,
  devices,
}: {
  wsUrl: string;
  wssUrl: string;
  caFile: string;
  devices: readonly Device[];
}): string {
  const { productKey, deviceName } = devices[0]!;
  const device = `--product-key ${productKey} --device-name ${deviceName}`;
  const host = wsUrl.replace('ws://', '');
  return `ws       ${wsUrl}
wss      ${wssUrl}
CA       ${caFile}
devices  ${devices.map((each) => JSON.stringify(each)).join('\n         ')}
         (they live as long as this gate, so their secrets may be shown)
connect  await connect({ ...aliyun({ ...device, host: '${host}', secure: false }) })
         DEVICE_SECRET=… mqtt311 ping --aliyun ${device} --host ${host} --no-tls
         or, over wss, with --ca or NODE_EXTRA_CA_CERTS set to the CA file; Ctrl-C stops the gate`;
}
