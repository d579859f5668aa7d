import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Device, startGate } from './gate.ts';

const USAGE = `npm run gate -- [--ws-port N] [--wss-port N]

Runs the local gate until it is interrupted. A port that is not given is any free one.`;

const { values } = parseArgs({
  options: {
    'ws-port': { type: 'string', default: '0' },
    'wss-port': { type: 'string', default: '0' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}

const devices = ['lamp', 'meter'].map(
  (deviceName): Device => ({ productKey: 'a1LocalGate', deviceName, deviceSecret: randomBytes(16).toString('hex') }),
);
const gate = await startGate({
  devices,
  wsPort: Number(values['ws-port']),
  wssPort: Number(values['wss-port']),
  log: console.log,
});

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-gate-'));
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, gate.ca);
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => gate.close());

console.log(`ws       ${gate.wsUrl}
wss      ${gate.wssUrl}
CA       ${caFile}
devices  ${devices.map((device) => JSON.stringify(device)).join('\n         ')}
         (they live as long as this gate, so their secrets may be shown)
connect  await connect({ ...aliyun({ ...device, host: '127.0.0.1', secure: false }), url: '${gate.wsUrl}' })
         or, over wss, with NODE_EXTRA_CA_CERTS set to the CA file; Ctrl-C stops the gate
`);
