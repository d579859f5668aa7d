import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../src/index.node.ts';
import { Cli, mqtt311 } from '../support/cli.ts';

/** A running `mqtt311 broker`, and its URL. */
async function start(...args: string[]): Promise<{ cli: Cli; url: string }> {
  const cli = new Cli(['broker', ...args]);
  await cli.says('stdout', '\n');
  return { cli, url: cli.stdout.trim() };
}

it('mqtt311 broker serves this machine, prints what passes, and ends when it is interrupted', async () => {
  const { cli, url } = await start('--trace');
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  const client = await connect(url, { clientId: 'me\u001b', username: 'u', password: 'secret', keepAlive: 30 });
  await client.subscribe('a/#', { qos: 1 }, () => {});
  await client.publish('a/b', 'hello', { qos: 1, retain: true });
  await client.close();
  await cli.says('stdout', 'DISCONNECT');
  cli.child.kill('SIGINT');
  const { code, stdout, stderr } = await cli.ended;
  expect(code).toBe(0);
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n').slice(1);
  for (const line of [
    'me\\u001b -> CONNECT cleanSession true, keepAlive 30',
    'me\\u001b <- CONNACK returnCode 0, sessionPresent false',
    'me\\u001b -> SUBSCRIBE 1 a/#: qos 1',
    'me\\u001b <- SUBACK 1 1',
    'me\\u001b -> PUBLISH 2 a/b: 5 bytes, qos 1, retain',
    'me\\u001b <- PUBLISH 1 a/b: 5 bytes, qos 1',
    'me\\u001b <- PUBACK 2',
    'me\\u001b -> DISCONNECT',
  ])
    expect(lines).toContain(line);
  expect(stdout).not.toContain('secret');
});

it('mqtt311 broker says which rule a client has broken', async () => {
  const { cli, url } = await start();
  const socket = new WebSocket(url, 'mqtt');
  socket.on('open', () => socket.send(Uint8Array.of(0xc0, 0)));
  await cli.says('stderr', '[MQTT-3.1.0-1]');
  cli.child.kill();
  expect((await cli.ended).code).toBe(0);
});

it('mqtt311 broker fails when its port is taken, and refuses what is no port', async () => {
  const { cli, url } = await start();
  const taken = await mqtt311(['broker', '--port', new URL(url).port]);
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
  expect(await mqtt311(['broker', '--port', '65536'])).toMatchObject({ code: 2 });
  cli.child.kill();
  await cli.ended;
});
