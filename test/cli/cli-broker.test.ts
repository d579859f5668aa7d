import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Broker, startBroker } from '../support/broker.ts';
import { Cli, mqtt311 } from '../support/cli.ts';

vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-cli-'));
let broker: Broker;
let url: string[] = [];
const credentials = new Map<string, string | undefined>();

beforeAll(async () => {
  broker = await startBroker();
  broker.aedes.authenticate = (_client, username, password, done) => {
    if (username) credentials.set(username, password?.toString());
    done(null, username !== 'nobody');
  };
  url = ['--url', broker.url];
});
afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A subscriber that is ready. */
async function subscriber(...args: string[]): Promise<Cli> {
  const cli = new Cli(['sub', ...url, ...args]);
  await cli.says('stderr', 'subscribed to');
  return cli;
}

const pub = (...args: string[]) => mqtt311(['pub', ...url, ...args]);
const json = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.concurrent('mqtt311 pub and sub', () => {
  it('publish a message, and print it', async () => {
    const cli = await subscriber('one/+', '--count', '1');
    expect(await pub('one/a', 'hello')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await cli.ended).toEqual({
      code: 0,
      stdout: 'hello\n',
      stderr: 'mqtt311: subscribed to one/+ with QoS 0\n',
    });
  });

  it('take a message from a file or standard input, and a message from each line', async () => {
    const cli = await subscriber('from/#', '--count', '4', '--verbose');
    const path = join(folder, 'message');
    writeFileSync(path, 'a file');
    expect((await pub('from/file', '--file', path)).code).toBe(0);
    expect((await mqtt311(['pub', ...url, 'from/stdin', '--stdin'], { stdin: 'all\nof it' })).code).toBe(0);
    const lines = await mqtt311(['pub', ...url, 'from/lines', '--lines', '--qos', '1'], { stdin: 'first\r\nsecond\n' });
    expect(lines).toMatchObject({ code: 0, stderr: expect.stringMatching(/^mqtt311: 2 messages, 11 bytes, in /) });
    expect((await cli.ended).stdout).toBe(
      'from/file a file\nfrom/stdin all\nof it\nfrom/lines first\nfrom/lines second\n',
    );
  });

  it('print JSON lines, with base64 where there is no text', async () => {
    const cli = await subscriber('json', '--count', '2', '--json', '--qos', '2');
    await pub('json', '温度', '--qos', '2');
    const path = join(folder, 'binary');
    writeFileSync(path, Uint8Array.of(0xff, 0));
    await pub('json', '--file', path);
    const [text, binary] = json((await cli.ended).stdout);
    expect(text).toEqual({ time: text.time, topic: 'json', qos: 2, retain: false, dup: false, text: '温度' });
    expect(binary).toMatchObject({ qos: 0, base64: '/wA=' });
    expect(Number.isNaN(Date.parse(text.time))).toBe(false);
  });

  it('leave a retained message behind', async () => {
    await pub('retained', 'still here', '--retain', '--qos', '1');
    const cli = await subscriber('retained', '--count', '1', '--json');
    expect(json((await cli.ended).stdout)).toMatchObject([{ text: 'still here', retain: true }]);
  });

  it('publish many messages, at the rate that was asked for', async () => {
    const cli = await subscriber('many', '--count', '1510');
    const fast = await pub('many', 'x', '--repeat', '1500', '--qos', '1', '--json');
    expect(JSON.parse(fast.stdout)).toMatchObject({ topic: 'many', qos: 1, messages: 1500, bytes: 1500 });
    const slow = await pub('many', 'x', '--repeat', '10', '--rate', '30', '--json');
    expect(JSON.parse(slow.stdout).seconds).toBeGreaterThanOrEqual(0.3);
    expect((await cli.ended).stdout).toBe('x\n'.repeat(1510));
  });

  it('take the password from the environment or from standard input', async () => {
    const from = (name: string) => ['pub', ...url, '--username', name, 't', 'm'];
    await mqtt311(from('env'), { env: { MQTT_PASSWORD: 'secret 1' } });
    await mqtt311([...from('stdin'), '--password-stdin'], { stdin: 'secret 2\n' });
    await mqtt311(from('none'));
    expect([credentials.get('env'), credentials.get('stdin'), credentials.get('none')]).toEqual([
      'secret 1',
      'secret 2',
      undefined,
    ]);
  });

  it('fail with exit code 1 when the broker refuses, or is not there', async () => {
    expect(await pub('--username', 'nobody', 't', 'm')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('return code 5'),
    });
    expect(await mqtt311(['pub', '--url', 'ws://127.0.0.1:1', 't', 'm'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the WebSocket could not be opened'),
    });
  });

  it('fail with exit code 1 when too few messages came in time', async () => {
    expect(await mqtt311(['sub', ...url, 'silence', '--count', '1', '--timeout', '0.1'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('0 of 1 messages came'),
    });
    expect(await mqtt311(['sub', ...url, 'silence', '--timeout', '0.1'])).toMatchObject({ code: 0 });
  });

  it('leave in good order at Ctrl-C', async () => {
    const cli = await subscriber('interrupted', '--client-id', 'interrupted');
    const left = once(broker.aedes, 'clientDisconnect');
    cli.child.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 0, stdout: '' });
    await left;
  });

  it('leave when nobody reads on, and say so in one line', async () => {
    const cli = await subscriber('unread');
    cli.child.stdout.destroy();
    const publishing = pub('unread', 'x'.repeat(1000), '--repeat', '200');
    expect(await cli.ended).toMatchObject({
      code: 1,
      stderr: 'mqtt311: subscribed to unread with QoS 0\nmqtt311: standard output: write EPIPE\n',
    });
    await publishing;
  });
});

describe.concurrent('mqtt311 ping', () => {
  it('measures round trips, and sums them up', async () => {
    const { code, stdout } = await mqtt311(['ping', ...url, '--count', '4', '--interval', '0.01']);
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(
      lines.slice(0, 4).every((line, i) => new RegExp(`^${i + 1}  PINGRESP after \\d+\\.\\d{3} ms$`).test(line)),
    ).toBe(true);
    expect(lines[4]).toMatch(/^4 sent, 4 received, 0 % lost, in [\d.]+ s$/);
    expect(lines[5]).toMatch(/^min [\d.]+, avg [\d.]+, max [\d.]+, mdev [\d.]+ ms$/);
    const bars = lines.slice(6).map((line) => Number(line.split(' ').at(-1)));
    expect(bars).toHaveLength(6);
    expect(bars.reduce((sum, count) => sum + count)).toBe(4);
  });

  it('prints JSON lines', async () => {
    const [first, second, all] = json((await mqtt311(['ping', ...url, '-n', '2', '--interval', '0', '--json'])).stdout);
    expect([first, second]).toMatchObject([{ number: 1 }, { number: 2 }]);
    expect(all).toMatchObject({ sent: 2, received: 2, lossPercent: 0, min: Math.min(first.time, second.time) });
  });

  it('counts what is lost, and fails when no answer comes', async () => {
    const silent = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(silent, 'listening');
    silent.on('connection', (socket) => socket.once('message', () => socket.send(Uint8Array.of(0x20, 2, 0, 0))));
    const { port } = silent.address() as { port: number };
    const args = ['ping', '--url', `ws://127.0.0.1:${port}`, '-n', '2', '-t', '0.05', '--interval', '0'];
    const { code, stdout } = await mqtt311(args);
    silent.close();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 {2}no PINGRESP\n2 {2}no PINGRESP\n2 sent, 0 received, 100 % lost, in [\d.]+ s\n$/);
  });

  it('sums up at Ctrl-C', async () => {
    const cli = new Cli(['ping', ...url, '--interval', '60']);
    await cli.says('stdout', 'PINGRESP');
    cli.child.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 sent, 1 received') });
  });
});

describe('mqtt311 gate', () => {
  it('lets its devices in, over ws and wss, and takes its CA file with it', async () => {
    const gate = new Cli(['gate', '--json']);
    await gate.says('stdout', '\n');
    const { wsUrl, wssUrl, caFile, devices } = JSON.parse(gate.stdout);
    const { productKey, deviceName, deviceSecret } = devices[0];
    const device = ['--aliyun', '--product-key', productKey, '--device-name', deviceName, '-n', '1'];
    const env = { DEVICE_SECRET: deviceSecret };
    // one after the other: a device that signs in again ends the connection it had
    const ws = await mqtt311(['ping', ...device, '-i', 'a', '--host', wsUrl.slice(5), '--no-tls'], { env });
    const [wss, wrong] = await Promise.all([
      mqtt311(['ping', ...device, '-i', 'b', '--host', wssUrl.slice(6), '--ca', caFile], { stdin: deviceSecret }),
      mqtt311(['ping', ...device, '-i', 'c', '--host', wsUrl.slice(5), '--no-tls'], { stdin: 'wrong' }),
    ]);
    expect([ws.code, wss.code, wrong.code], ws.stderr + wss.stderr).toEqual([0, 0, 1]);
    expect(wrong.stderr).toContain('return code 4');
    gate.child.kill('SIGTERM');
    expect((await gate.ended).code).toBe(0);
    for (const { deviceSecret: secret } of devices) expect(gate.stderr).not.toContain(secret);
  });
});
