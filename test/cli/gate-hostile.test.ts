// A device that is signed in and sends whatever it likes: the gate goes on, for this device and for all others.
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { aliyun } from '../../src/aliyun/aliyun.ts';
import { type Gate, startGate } from '../../src/cli/gate/gate.ts';
import { toBytes } from '../../src/client/message.ts';
import { connect, encode, pingreq, publish, type QoS, subscribe } from '../../src/codec/codec.ts';
import { cases } from '../torture/fuzz/fuzz.ts';
import { Random } from '../torture/simulation/random.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SEED = 311;
const lamp = { productKey: 'a1Product', deviceName: 'lamp', deviceSecret: 'lamp secret' };
const thing = '/sys/a1Product/lamp/thing';
/** Those that a service of the platform reads, and one that nobody does. */
const TOPICS = [
  `${thing}/event/property/post`,
  `${thing}/service/property/set_reply`,
  '/ext/ntp/a1Product/lamp/request',
  '/a1Product/lamp/user/update',
];
const DEPTH = 100_000;

let gate: Gate;
let device: WebSocket;
const failures: unknown[] = []; // what would end a process that runs a gate
const fail = (error: unknown) => {
  failures.push(error);
  device.terminate(); // the broker may never answer again
};
const ENDS = ['uncaughtException', 'unhandledRejection'] as const;

beforeAll(async () => {
  for (const end of ENDS) process.on(end, fail);
  gate = await startGate({ devices: [lamp], qos2: 'accept', maxTopicBytes: 65_535, maxTopicSlashes: 65_535 });
  device = await signedIn();
});
afterEach(async () => {
  await answers();
  expect(failures.splice(0)).toEqual([]);
});
afterAll(async () => {
  await gate.close();
  for (const end of ENDS) process.off(end, fail);
});

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(gate.wsUrl, ['mqtt']);
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

async function signedIn(): Promise<WebSocket> {
  const { clientId, username, password, keepAlive } = aliyun({
    ...lamp,
    host: gate.wsUrl.slice('ws://'.length),
    secure: false,
  });
  const socket = await open();
  socket.send(encode(connect({ clientId, username, password: toBytes(password, 'password'), keepAlive })));
  await once(socket, 'message');
  const subscriptions = [{ topicFilter: '/sys/a1Product/lamp/#', qos: 2 }] as const;
  socket.send(encode(subscribe({ packetId: 1, subscriptions })));
  return socket;
}

/** Waits until the gate has read everything, and has answered or ended the connection; then signs in again. */
async function answers(): Promise<void> {
  if (device.readyState === WebSocket.OPEN) {
    device.send(encode(pingreq()));
    await new Promise<void>((resolve) => {
      device.once('close', () => resolve());
      device.on('message', (frame: Buffer) => frame[0] === 0xd0 && resolve());
    });
    for (const event of ['close', 'message']) device.removeAllListeners(event);
  }
  if (device.readyState !== WebSocket.OPEN) device = await signedIn();
}

function sends(topic: string, body: string | Uint8Array, qos: QoS = 0): void {
  const packetId = qos === 0 ? 0 : 7;
  device.send(encode(publish({ topic, payload: toBytes(body, 'payload'), qos, packetId })));
}

const nested = (before: string, inside: string, after: string) =>
  before.repeat(DEPTH / before.length) + inside + after.repeat(DEPTH / before.length);

/** Values that something in JavaScript trips over. */
const VALUES: readonly (readonly [name: string, json: string])[] = [
  ['an object that cannot become text', '{"toString":0,"valueOf":0}'],
  ['an object that becomes JSON in its own way', '{"toJSON":"x"}'],
  ['a list of objects that cannot become text', '[[{"toString":null}]]'],
  ['100,000 lists in each other', nested('[', '', ']')],
  ['100,000 objects in each other', nested('{"id":', '0', '}')],
  ['__proto__', '{"__proto__":{"toString":1},"constructor":{"prototype":null}}'],
  ['a number beyond all numbers', '1e999'],
  ['a number of 100,000 digits', '9'.repeat(DEPTH)],
  ['a lone surrogate', '"\\ud800"'],
  ['null', 'null'],
  ['a text of 100,000 characters', `"${'x'.repeat(DEPTH)}"`],
];

const SMALL_VALUES = VALUES.flatMap(([, json]) => (json.length < 100 ? [json] : []));

describe('a hostile device', () => {
  it.each(VALUES)('sends %s in every field that a service reads, and as the whole message', async (_, json) => {
    for (const topic of TOPICS) {
      for (const field of ['id', 'deviceSendTime', 'code', 'data', '__proto__']) sends(topic, `{"${field}":${json}}`);
      sends(topic, json);
      sends(topic, json, 1);
    }
    await answers();
  });

  it.each([
    ['is not UTF-8', Uint8Array.of(0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0xff, 0xc0, 0x7d)],
    ['is empty', ''],
    ['ends in the middle', '{"id":'],
    ['begins with a byte order mark', '\ufeff{"id":"1"}'],
  ])('sends JSON that %s', async (_, body) => {
    for (const topic of TOPICS) sends(topic, body, 2);
  });

  it('sends 4,000 bodies of JSON, drawn from a seed', async () => {
    const random = new Random(SEED);
    for (let i = 1; i <= 4_000; i++) {
      sends(random.pick(TOPICS), bodyOf(random), random.pick([0, 1, 2]));
      if (i % 100 === 0) await answers();
    }
  });

  it('sends 300 mutants of packets, as what comes first and behind its CONNECT', async () => {
    const mutants = cases(SEED);
    for (let i = 0; i < 300; i++) {
      const mutant = mutants.next().value.source;
      for (const socket of [device, await open()]) {
        socket.send(mutant);
        socket.close();
        await once(socket, 'close');
      }
      device = await signedIn();
    }
  });

  it('reads nothing: the gate reads no more of it, and goes on when the device does', async () => {
    const topic = '/sys/a1Product/lamp/echo';
    const body = new Uint8Array(250_000);
    const before = gate.stats(lamp).packets;
    device.pause();
    for (let i = 0; i < 400; i++) sends(topic, body);
    const read = () => gate.stats(lamp).packets - before;
    for (let last = -1; read() > last; ) {
      last = read();
      for (let i = 0; i < 20; i++) (await open()).terminate();
    }
    expect(read()).toBeLessThan(200);
    device.resume();
    await answers();
    expect(read()).toBe(401);
  });

  it('sends a frame of more than a mebibyte: its connection ends', async () => {
    device.send(new Uint8Array(1_048_577).fill(0xc0));
    expect(await once(device, 'close')).toEqual([1009, expect.anything()]);
  });

  it('sends topics and topic filters that nobody may use', async () => {
    const levels = '/x'.repeat(200);
    const own = '/a1Product/lamp/';
    for (const topic of [
      '',
      '#',
      `${own}#`,
      `${own}+`,
      own,
      `${own}\0`,
      `${own}\u001b[2J`,
      own + levels,
      '$SYS/x',
      '/sys/a1Product/lamp/__proto__',
    ]) {
      const bytes = Buffer.from(topic);
      const size = Buffer.of(bytes.length >> 8, bytes.length & 0xff);
      for (const [first, before, after] of [
        [0x30, '', '78'],
        [0x32, '', '000178'],
        [0x34, '', '000178'],
        [0x82, '0001', '00'],
        [0x82, '0001', '03'],
        [0xa2, '0001', ''],
      ] as const) {
        const body = Buffer.concat([Buffer.from(before, 'hex'), size, bytes, Buffer.from(after, 'hex')]);
        const length = body.length > 127 ? [(body.length & 0x7f) | 0x80, body.length >> 7] : [body.length];
        device.send(Buffer.concat([Buffer.of(first, ...length), body]));
        await answers();
      }
    }
  });
});

/** A body that a service might read, or nearly. */
function bodyOf(random: Random): Uint8Array {
  const fields = ['id', 'deviceSendTime', 'code', 'data', 'params', '__proto__', 'toString', 'toJSON', 'constructor'];
  const anyValue = (depth: number): string => {
    const inner = () => anyValue(depth - 1);
    switch (random.below(depth > 0 ? 9 : 6)) {
      case 0:
        return random.pick(['null', 'true', 'false', '{}', '[]']);
      case 1:
        return random.pick(['0', '-0', '1e999', '-1e999', '5e-324', '9007199254740993', '1'.repeat(400)]);
      case 2:
        return `${(random.float() - 0.5) * 10 ** random.between(-300, 300)}`;
      case 3:
        return JSON.stringify(
          String.fromCodePoint(...Array.from({ length: random.below(5) }, () => random.below(0x11_0000))),
        );
      case 4:
        return random.pick(SMALL_VALUES);
      case 5:
        return random.pick(['"1"', '"__proto__"', '"\\u0000"', '"error"']);
      case 6:
        return `[${Array.from({ length: random.below(4) }, inner).join()}]`;
      default:
        return `{${Array.from({ length: random.between(1, 4) }, () => `"${random.pick(fields)}":${inner()}`).join()}}`;
    }
  };
  const body = Buffer.from(random.chance(0.7) ? `{"${random.pick(fields)}":${anyValue(4)}}` : anyValue(4)).subarray(
    0,
    250_000,
  );
  if (random.chance(0.1) && body.length > 0) body[random.below(body.length)] = random.below(256);
  return body;
}
