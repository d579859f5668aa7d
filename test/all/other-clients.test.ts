// Other clients sign in with the result of `sign`. The programs are those of docs/aliyun.md, against the local gate.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gate, startGate } from '../../src/cli/gate/gate.ts';
import { startBroker } from '../support/broker.ts';
import { mqtt311 } from '../support/cli.ts';
import { installForeign } from './interop/foreign.ts';

const run = promisify(execFile);
const device = { productKey: 'a1b2c3', deviceName: 'lamp', deviceSecret: 'c2VjcmV0IG9mIHRoZSBsYW1w' };
const folder = mkdtempSync(join(tmpdir(), 'mqtt311-other-'));
let gate: Gate;

/** The platform's host names lead to the gate. */
const LEAD = `import tls from 'node:tls';
const { connect } = tls;
const gate = { host: '127.0.0.1', port: Number(process.env.GATE_PORT), servername: '' };
tls.connect = (options, ...rest) => connect({ ...options, ...gate }, ...rest);`;

beforeAll(async () => {
  installForeign();
  gate = await startGate({ devices: [device] });
  writeFileSync(join(folder, 'root-r1.pem'), gate.ca);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'lead.js'), LEAD);
  for (const program of ['with-mqtt-js.js', 'first_message.py'])
    copyFileSync(`examples/aliyun/${program}`, join(folder, program));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules/mqtt311'));
  symlinkSync(resolve('test/all/interop/foreign/node_modules/mqtt'), join(folder, 'node_modules/mqtt'));
}, 120_000);
afterAll(async () => {
  await gate?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('MQTT.js', async () => {
  const env = { ...process.env, DEVICE_SECRET: device.deviceSecret, GATE_PORT: String(gate.wssPort) };
  const { stdout } = await run(process.execPath, ['--import', './lead.js', 'with-mqtt-js.js'], { cwd: folder, env });
  expect(stdout).toBe('the platform has the message\n');
  expect(gate.stats(device).published).toBe(1);
});

it('Paho for Python', async () => {
  const args = ['sign', '--product-key', device.productKey, '--device-name', device.deviceName, '--json'];
  const { stdout: signed } = await mqtt311([...args, '--host', `127.0.0.1:${gate.wssPort}`], {
    env: { DEVICE_SECRET: device.deviceSecret },
  });
  writeFileSync(join(folder, 'signed.json'), signed);
  const { stdout } = await run('/usr/bin/python3', ['first_message.py'], { cwd: folder });
  expect(stdout).toBe('CONNACK 0\nthe platform has the message\n');
  expect(gate.stats(device).published).toBe(2);
});

it('Paho for Python runs the program that docs/from-paho.md moves over', async () => {
  const broker = await startBroker();
  const env = { ...process.env, BROKER_URL: broker.url };
  const { stdout } = await run('/usr/bin/python3', [resolve('examples/from-paho/before.py')], { env });
  expect(stdout.trim().split('\n').sort()).toEqual(['delivered', 'rooms/kitchen/light on 0']);
  await broker.close();
});
