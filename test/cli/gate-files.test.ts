// The files of a gate: its devices, and a certificate authority that stays.
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { aliyun } from '../../src/aliyun/aliyun.ts';
import { UsageError } from '../../src/cli/command.ts';
import { devicesIn } from '../../src/cli/devices.ts';
import { authorityIn } from '../../src/cli/gate/authority.ts';
import { makeAuthority, makeCertificates } from '../../src/cli/gate/certificate.ts';
import { type GateOptions, startGate } from '../../src/cli/gate/gate.ts';
import { connect } from '../../src/index.node.ts';
import { Cli, mqtt311 } from '../support/cli.ts';

vi.setConfig({ testTimeout: 30_000 });

const root = mkdtempSync(join(tmpdir(), 'mqtt311-gate-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = () => mkdtempSync(join(root, 'folder-'));
const lamp = { productKey: 'a1Product', deviceName: 'lamp', deviceSecret: 'hunter2' };
const meter = { ...lamp, deviceName: 'meter' };

function fileWith(content: unknown): string {
  const file = join(newFolder(), 'devices.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('the devices of a file', () => {
  it('are those of its JSON, with whatever else it says of them', () =>
    expect(devicesIn(fileWith(`\ufeff${JSON.stringify([lamp, { ...meter, room: 1 }])}`))).toMatchObject([lamp, meter]));

  it.each([
    [{ devices: [lamp] }, 'devices must be an array of { productKey, deviceName, deviceSecret }, not object'],
    [[], 'devices must hold at least one device'],
    [[lamp, 'hunter2'], 'devices[1] must be { productKey, deviceName, deviceSecret }, not string'],
    [[lamp, null], 'devices[1] must be { productKey, deviceName, deviceSecret }, not null'],
    [[{ ...lamp, deviceSecret: undefined }], 'devices[0].deviceSecret must be a string, not undefined'],
    [[{ ...lamp, deviceSecret: ['hunter2'] }], 'devices[0].deviceSecret must be a string, not an array'],
    [[{ ...lamp, deviceSecret: '' }], 'devices[0].deviceSecret must not be empty'],
    [[lamp, { ...lamp, deviceName: 'a/b' }], 'devices[1].deviceName must have none of & / + #'],
    [[lamp, meter, { ...lamp, deviceSecret: 'x' }], 'devices[2] is a1Product/lamp again, as devices[0] is'],
    ['[\n{"deviceSecret": hunter2}\n]', 'line 2 is no JSON'],
    ['[\n{"deviceSecret": "hunter2"\n"x": 1}\n]', 'line 3 is no JSON'],
    ['[{"deviceSecret":\n"hunter2"}', 'line 2 is no JSON'],
    ['[]\nhunter2', 'line 2 is no JSON'],
    ['', 'line 1 is no JSON'],
  ])('are refused with the place of what is wrong, and no secret: %j', (content, words) => {
    const read = () => devicesIn(fileWith(content));
    expect(read).toThrow(UsageError);
    expect(read).toThrow(words);
    expect(read).not.toThrow('hunter2');
  });

  it('are refused by startGate, too, and so are options that it does not know', async () => {
    const misspelt = { devices: [lamp], keepAliveRefuse: 'clamp' };
    await expect(startGate(misspelt)).rejects.toThrow(new TypeError('there is no option keepAliveRefuse of a gate'));
    const options = { devices: [lamp], caFolder: undefined, minKeepAlive: undefined } as object as GateOptions;
    await using gate = await startGate(options); // undefined is the default
    await using client = await connect(aliyun({ ...lamp, host: gate.wsUrl.slice(5), secure: false }));
    expect([client.state, gate.stats('lamp').online]).toEqual(['online', true]);
    await expect(startGate({ devices: [{ ...lamp, productKey: 1 }] as never })).rejects.toThrow(
      new TypeError('devices[0].productKey must be a string, not number'),
    );
  });
});

const [CERT, KEY] = ['ca.pem', 'ca-key.pem'];
const authority = (folder: string, told: string[] = []) => authorityIn(folder, (line) => told.push(line));
const write = (folder: string, { cert, key }: { cert?: string; key?: string }) => {
  if (cert !== undefined) writeFileSync(join(folder, CERT), cert);
  if (key !== undefined) writeFileSync(join(folder, KEY), key);
};

describe('the authority in a folder', () => {
  it('is made once, with a key that nobody else may read', async () => {
    const folder = join(newFolder(), 'new', 'one');
    const made = await authority(folder);
    expect(readdirSync(folder).sort()).toEqual([KEY, CERT]);
    expect(readFileSync(join(folder, CERT), 'utf8')).toBe(made.cert);
    expect(statSync(join(folder, KEY)).mode & 0o777).toBe(0o600);
    expect(await authority(folder)).toEqual(made);
  });

  it('keeps its key from others, also when it was not', async () => {
    const folder = newFolder();
    await authority(folder);
    chmodSync(join(folder, KEY), 0o644);
    await authority(folder);
    expect(statSync(join(folder, KEY)).mode & 0o777).toBe(0o600);
  });

  it('is made again when it has expired, or is about to, and that is told', async () => {
    const folder = newFolder();
    const old = await makeAuthority(60_000);
    write(folder, old);
    const told: string[] = [];
    const made = await authority(folder, told);
    expect(made.cert).not.toBe(old.cert);
    expect(told).toEqual([expect.stringContaining('has expired; ca.pem is a new one, to be trusted again')]);
    expect(await authority(folder)).toEqual(made);
  });

  it('is not made over what is something else', async () => {
    const { cert, key } = await makeAuthority();
    const server = await makeCertificates();
    const cases = [
      [{ cert }, 'has ca.pem and no ca-key.pem'],
      [{ key }, 'has ca-key.pem and no ca.pem'],
      [{ cert, key: server.key }, 'ca-key.pem is not the key of ca.pem'],
      [{ cert: server.cert, key: server.key }, 'ca.pem is not the certificate of an authority'],
      [{ cert: 'hello', key }, 'holds no certificate authority of mqtt311'],
      [{ cert, key: 'hello' }, 'holds no certificate authority of mqtt311'],
    ] as const;
    for (const [files, words] of cases) {
      const folder = newFolder();
      write(folder, files);
      await expect(authority(folder)).rejects.toThrow(words);
      for (const name of readdirSync(folder))
        expect(Object.values(files)).toContain(readFileSync(join(folder, name), 'utf8'));
    }
  });

  it('signs for one gate after the other, so that a client trusts them all', async () => {
    const caFolder = newFolder();
    const statuses: unknown[] = [];
    let ca: string | undefined; // of the first gate
    for (let i = 0; i < 2; i++) {
      await using gate = await startGate({ devices: [lamp], caFolder });
      ca ??= gate.ca;
      const [response] = await once(get({ host: '127.0.0.1', port: gate.wssPort, ca }), 'response');
      statuses.push(response.statusCode);
    }
    expect(statuses).toEqual([400, 400]); // it is no WebSocket, but TLS it is
  });
});

describe('mqtt311 gate --devices FILE --ca DIR', () => {
  it('lets the devices of the file in, prints their names alone, and leaves its authority', async () => {
    const folder = newFolder();
    const gate = new Cli(['gate', '--json', '--devices', fileWith([lamp, meter]), '--ca', folder]);
    onTestFinished(() => void gate.child.kill());
    await gate.says('stdout', '\n');
    const { wssUrl, caFile, devices } = JSON.parse(gate.stdout);
    const { deviceSecret, ...name } = lamp;
    expect([caFile, devices]).toEqual([join(folder, CERT), [name, { ...name, deviceName: 'meter' }]]);
    const device = ['--aliyun', '--product-key', 'a1Product', '--device-name', 'lamp', '--host', wssUrl.slice(6)];
    const ping = ['ping', ...device, '--ca', caFile, '--count', '1'];
    expect(await mqtt311(ping, { env: { DEVICE_SECRET: deviceSecret } })).toMatchObject({ code: 0 });
    gate.child.kill('SIGTERM');
    const { code, stdout, stderr } = await gate.ended;
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(readdirSync(folder).sort()).toEqual([KEY, CERT]);
  });
});
