import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../src/index.node.ts';
import { Cli, mqtt311 } from '../support/cli.ts';

/** A running `mqtt311 broker`, its URL, and the file with its certificate authority. */
async function start(...args: string[]): Promise<{ cli: Cli; url: string; caFile: string }> {
  const cli = new Cli(['broker', ...args]);
  onTestFinished(() => void cli.child.kill('SIGKILL'));
  await cli.says('stdout', args.includes('--tls') ? 'ca.pem\n' : '\n');
  const [url = '', second = ''] = cli.stdout.split('\n');
  return { cli, url, caFile: second.replace('CA  ', '') };
}

async function stop({ child, ended }: Cli): Promise<{ code: number | null; stdout: string; stderr: string }> {
  child.kill('SIGINT');
  return ended;
}

/** Connects with this authority alone, and goes. */
async function visit(url: string, ca: string | undefined): Promise<void> {
  const client = await connect(url, { webSocketOptions: { ca } });
  await client.close();
}

it('mqtt311 broker serves this machine, prints what passes, and ends when it is interrupted', async () => {
  const { cli, url } = await start('--trace');
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  const client = await connect(url, { clientId: 'me\u001b', username: 'u', password: 'secret', keepAlive: 30 });
  await client.publish('a/b', 'hello', { qos: 1, retain: true });
  await client.close();
  await cli.says('stdout', 'session ended');
  const { code, stdout, stderr } = await stop(cli);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout
    .replace(/id \d+ +/g, 'id N  ')
    .trim()
    .split('\n');
  expect(lines.slice(1)).toEqual([
    'me\\u001b  ->  CONNECT      clean session, keep alive 30 s, user u',
    'me\\u001b  --  session created',
    'me\\u001b  <-  CONNACK      accepted',
    'me\\u001b  ->  PUBLISH      id N  QoS 1 retain  a/b  "hello"',
    'me\\u001b  <-  PUBACK       id N  the message has arrived; done',
    'me\\u001b  ->  DISCONNECT',
    'me\\u001b  --  connection closed',
    'me\\u001b  --  session ended',
  ]);
});

it('mqtt311 broker --tls has a certificate of an authority that goes when it ends', async () => {
  const { cli, url, caFile } = await start('--tls');
  expect(url).toMatch(/^wss:\/\/127\.0\.0\.1:\d+$/);
  await visit(url, readFileSync(caFile, 'utf8'));
  await expect(visit(url, undefined)).rejects.toThrow('certificate');
  expect((await stop(cli)).code).toBe(0);
  expect(existsSync(caFile)).toBe(false);
});

it('mqtt311 broker --tls --ca keeps the authority, and a client that trusts it trusts the next broker', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'mqtt311-broker-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  let ca: string | undefined; // of the first broker
  for (let run = 0; run < 2; run++) {
    const { cli, url, caFile } = await start('--tls', '--ca', join(parent, 'ca'));
    expect(caFile).toBe(join(parent, 'ca', 'ca.pem'));
    ca ??= readFileSync(caFile, 'utf8');
    await visit(url, ca);
    await stop(cli);
    expect(existsSync(caFile)).toBe(true);
  }
});

it('mqtt311 broker --host 0.0.0.0 warns, and has a certificate for the addresses of this machine', async () => {
  const { cli, url, caFile } = await start('--tls', '--host', '0.0.0.0');
  await cli.says('stderr', 'everyone who reaches this machine over the network can connect');
  const { port } = new URL(url);
  const ca = readFileSync(caFile, 'utf8');
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all);
  for (const { address } of addresses.filter(({ family }) => family === 'IPv4'))
    await visit(`wss://${address}:${port}`, ca);
  await visit(`wss://localhost:${port}`, ca);
  await stop(cli);
});

it('mqtt311 broker says which rule a client has broken', async () => {
  const { cli, url } = await start();
  const socket = new WebSocket(url, 'mqtt');
  socket.on('open', () => socket.send(Uint8Array.of(0xc0, 0)));
  await cli.says('stderr', '[MQTT-3.1.0-1]');
  expect((await stop(cli)).code).toBe(0);
});

it('mqtt311 broker fails when its port is taken', async () => {
  const { cli, url } = await start();
  const taken = await mqtt311(['broker', '--port', new URL(url).port]);
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
  await stop(cli);
});

it.each([
  [['--port', '65536'], '--port must be a number from 0 to 65535'],
  [['--host', 'example.org'], '--host must be an IP address, not example.org'],
  [['--ca', 'folder'], '--ca needs --tls'],
  [['--tls', '--ca', ''], '--ca must name a folder'],
])('mqtt311 broker refuses %s', async (args, words) => {
  expect(await mqtt311(['broker', ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
});
