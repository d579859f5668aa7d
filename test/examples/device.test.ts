// examples/device: against the gate over sockets, and against a script in time of its own, as the engines play it.
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startDevice } from '../../examples/device/device.ts';
import type { Runtime } from '../../examples/device/runtime.ts';
import { type Gate, startGate } from '../../src/cli/gate/gate.ts';
import { run } from '../runtimes/parts.ts';

const device = { productKey: 'a1b2c3', deviceName: 'lamp', deviceSecret: 'secret of the lamp' };
const topic = '/a1b2c3/lamp/user';
let gate: Gate;
afterAll(() => gate?.close());

it('pings, sends again what was not acknowledged, and leaves a dead connection', () => {
  expect(run(3)).toBe('3 connections, 3 acknowledged, 3 delivered');
});

it('signs in, publishes, receives, and comes back when it is cut', async () => {
  gate = await startGate({ devices: [device] });
  const lines: string[] = [];
  const runtime: Runtime = {
    open(url, events) {
      const socket = new WebSocket(url, 'mqtt', { perMessageDeflate: false });
      socket.on('open', events.opened);
      socket.on('message', (data: Buffer) => events.received(data));
      socket.on('error', () => {}); // `close` follows
      socket.on('close', events.closed);
      return { send: (bytes) => socket.send(bytes), close: () => socket.terminate() };
    },
    now: () => performance.now(),
    after: (delay, next) => void setTimeout(next, delay / 10).unref(), // the test is in a hurry
    log: (line) => lines.push(line),
  };
  const received: string[] = [];
  const options = { ...device, url: gate.wsUrl, topicFilters: [`${topic}/get`] };
  const publish = startDevice(options, runtime, (_, payload) => received.push(String.fromCharCode(...payload)));
  publish(`${topic}/update`, new Uint8Array([1]));
  await vi.waitFor(() => expect(gate.stats(device).published).toBe(1));
  await gate.publish(`${topic}/get`, 'on', { qos: 1 });
  await vi.waitFor(() => expect(received).toEqual(['on']));

  gate.cut(device);
  publish(`${topic}/update`, new Uint8Array([2]));
  await vi.waitFor(() => expect(gate.stats(device)).toMatchObject({ published: 2, connects: 2 }));
  expect(lines).toEqual(['closed']);
});

it('publishes no more while 100 messages wait', () => {
  const runtime: Runtime = {
    open: () => ({ send: () => {}, close: () => {} }),
    now: () => 0,
    after: () => {},
    log: () => {},
  };
  const publish = startDevice({ ...device, url: 'wss://gate.example', topicFilters: [] }, runtime, () => {});
  const accepted = Array.from({ length: 101 }, () => publish('a', new Uint8Array()));
  expect(accepted.indexOf(false)).toBe(100);
});

it('weighs at most 6,000 bytes, minified and compressed', async () => {
  const { outputFiles } = await build({
    entryPoints: ['examples/device/device.ts'],
    alias: { '#text': resolve('src/codec/text.ts') },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  expect(bytes).toBeGreaterThan(4_000);
  expect(bytes).toBeLessThanOrEqual(6_000);
});
