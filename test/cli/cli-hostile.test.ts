// What a broker may choose, and what the surroundings may do: the command line shows the one, and outlives the other.
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  connack,
  Decoder,
  encode,
  type Packet,
  PacketType,
  puback,
  publish,
  suback,
  unsuback,
} from '../../src/codec/codec.ts';
import { Cli, type Given, mqtt311 } from '../support/cli.ts';
import { concat } from '../support/hex.ts';

vi.setConfig({ testTimeout: 30_000 });

/** A title for the window, a cleared screen, and text that runs backwards. */
const HOSTILE = '\u001b]0;x\u0007\u007f\u009b2J\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ufeff';
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for these
const HARMFUL = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const ESCAPED =
  '\\u001b]0;x\\u0007\\u007f\\u009b2J\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069\\u2028\\u2029\\ufeff';
const text = (words: string) => new TextEncoder().encode(words);
/** A PUBLISH with a topic that the standard forbids. */
const ILLEGAL = encode(publish({ topic: `-${HOSTILE}`, payload: text('x') })).map((byte) =>
  byte === 0x2d ? 0x2b : byte,
);

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface FakeBroker {
  readonly url: string;
  /** What came from the client, in order. */
  readonly packets: Packet[];
  send(bytes: Uint8Array): void;
  /** Resolves when the client has sent this many packets of the type. */
  got(type: number, count?: number): Promise<void>;
}

/** A broker that answers a packet with bytes of the test's choice. */
async function fakeBroker(answer: (packet: Packet, socket: WebSocket) => Uint8Array | undefined): Promise<FakeBroker> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  await once(server, 'listening');
  const packets: Packet[] = [];
  let changed = () => {};
  server.on('connection', (socket) => {
    const decoder = new Decoder();
    socket.on('message', (frame: Buffer) => {
      decoder.push(frame);
      for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) {
        packets.push(packet);
        const bytes = answer(packet, socket) ?? usual(packet);
        if (bytes !== undefined) socket.send(bytes);
        changed();
      }
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    packets,
    send: (bytes) => server.clients.forEach((socket) => void socket.send(bytes)),
    async got(type, count = 1) {
      while (packets.filter((packet) => packet.type === type).length < count)
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
    },
  };
}

function usual(packet: Packet): Uint8Array | undefined {
  switch (packet.type) {
    case PacketType.CONNECT:
      return encode(connack());
    case PacketType.SUBSCRIBE:
      return encode(suback({ packetId: packet.packetId, returnCodes: [0] }));
    case PacketType.UNSUBSCRIBE:
      return encode(unsuback(packet.packetId));
    case PacketType.PUBLISH:
      return packet.qos === 1 ? encode(puback(packet.packetId)) : undefined;
    default:
      return undefined;
  }
}

/** Answers a SUBSCRIBE, and sends these messages behind it, in one frame. */
const sending = (...messages: Uint8Array[]) =>
  fakeBroker((packet) => (packet.type === PacketType.SUBSCRIBE ? concat(usual(packet)!, ...messages) : undefined));
const payloads = ({ packets }: FakeBroker) =>
  packets.flatMap((packet) =>
    packet.type === PacketType.PUBLISH ? [Buffer.from(packet.payload).toString('latin1')] : [],
  );

describe('what a broker has chosen', () => {
  const message = encode(publish({ topic: `a/${HOSTILE}`, payload: text(`b${HOSTILE}`) }));
  const received = async (args: string[], given?: Given) => {
    const { url } = await sending(message);
    const cli = new Cli(['sub', '--url', url, '#', '--count', '1', ...args], given);
    await cli.ended;
    return Buffer.concat(cli.bytes).toString();
  };

  it.each([false, true])('is escaped by sub --json, which stays JSON; on a terminal: %s', async (isTerminal) => {
    const line = await received(['--json'], { isTerminal });
    expect(line).not.toMatch(HARMFUL);
    expect(JSON.parse(line)).toMatchObject({ topic: `a/${HOSTILE}`, text: `b${HOSTILE}` });
  });

  it('is escaped by sub on a terminal', async () =>
    expect(await received(['--verbose'], { isTerminal: true })).toBe(`a/${ESCAPED} b${ESCAPED}\n`));

  it('goes into a pipe as it is, if it is a payload', async () => {
    expect(await received([])).toBe(`b${HOSTILE}\n`);
    expect(await received(['--verbose'])).toBe(`a/${ESCAPED} b${HOSTILE}\n`);
  });

  it.each([
    ['pub', ['t', 'm', '--qos', '1']],
    ['sub', ['#']],
    ['ping', []],
  ])('is escaped on stderr by %s when it is in an error', async (command, args) => {
    const { url } = await fakeBroker((packet) =>
      packet.type === PacketType.CONNECT ? concat(encode(connack()), ILLEGAL) : new Uint8Array(),
    );
    const cli = new Cli([command, '--url', url, ...args]);
    await cli.says('stderr', 'wildcard');
    cli.child.kill();
    const { stderr } = await cli.ended;
    expect(stderr).toContain(ESCAPED);
    expect(stderr).not.toMatch(HARMFUL);
  });

  it('is escaped on stderr when it is the reason for which a WebSocket is closed, or the status of an HTTP answer', async () => {
    const closing = await fakeBroker((_, socket) => {
      socket.close(1008, HOSTILE);
      return new Uint8Array();
    });
    const refusing = createServer((_, response) => response.writeHead(503, 'gone \u009b2J').end());
    refusing.on('upgrade', (_, socket) => socket.end('HTTP/1.1 503 gone \u009b2J\r\nx: \u001b[2J\r\n\r\n', 'latin1'));
    servers.push(refusing);
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    for (const url of [closing.url, `ws://127.0.0.1:${(refusing.address() as AddressInfo).port}`]) {
      const { code, stderr } = await mqtt311(['pub', '--url', url, 't', 'm']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^mqtt311: .*\n$/);
      expect(stderr).not.toMatch(HARMFUL);
    }
  });

  it('is escaped on stderr by the gate, and is one line there', async () => {
    const gate = new Cli(['gate', '--json']);
    await gate.says('stdout', '\n');
    const { wsUrl, devices } = JSON.parse(gate.stdout);
    const { productKey, deviceName, deviceSecret } = devices[0];
    const device = ['--aliyun', '--product-key', productKey, '--device-name', deviceName, '--host', wsUrl.slice(5)];
    const topic = `/${productKey}/${deviceName}/${HOSTILE}\nforged`;
    await mqtt311(['pub', ...device, '--no-tls', topic, 'm'], { env: { DEVICE_SECRET: deviceSecret } });
    await gate.says('stderr', 'forged');
    gate.child.kill();
    const { stderr } = await gate.ended;
    expect(stderr).toContain(`${ESCAPED}\\u000aforged, QoS 0`);
    expect(stderr).not.toMatch(HARMFUL);
  });

  it.each([
    ['explain', ['explain', Buffer.from(ILLEGAL).toString('hex')]],
    ['explain --json', ['explain', '--json', Buffer.from(ILLEGAL).toString('hex')]],
    ['explain, in the name of a file', ['explain', '--file', `/nowhere/${HOSTILE}`]],
    ['the name of a command', [HOSTILE]],
    ['pub, in a topic', ['pub', '--url', 'ws://127.0.0.1:1', `+${HOSTILE}`, 'm']],
    ['sign, in a product key', ['sign', '--product-key', HOSTILE, '--device-name', 'd']],
    ['sign, in a host', ['sign', '--product-key', 'p', '--device-name', 'd', '--host', HOSTILE]],
  ])('is escaped by %s', async (_, args) => {
    const { stdout, stderr } = await mqtt311(args, { env: { DEVICE_SECRET: 'x' } });
    expect(stdout + stderr).not.toBe('');
    expect(stdout + stderr).not.toMatch(HARMFUL);
  });
});

describe('mqtt311 sub', () => {
  const burst = Array.from({ length: 5_000 }, (_, i) => encode(publish({ topic: 't', payload: text(`${i}`) })));
  const all = burst.map((_, i) => `${i}\n`).join('');

  it('prints everything that came in one frame', async () => {
    const { url } = await sending(...burst);
    expect((await mqtt311(['sub', '--url', url, '#', '--count', '5000', '--timeout', '20'])).stdout).toBe(all);
  });

  it.each([
    ['it is interrupted', [], 0],
    ['its time is over', ['--timeout', '0.5'], 0],
  ])('prints what it has received when %s', async (_, args) => {
    const broker = await sending(...burst);
    const cli = new Cli(['sub', '--url', broker.url, '#', ...args]);
    await cli.says('stderr', 'subscribed to');
    if (args.length === 0) cli.child.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 0, stdout: all });
  });

  it('acknowledges no message that goes into a pipe which nobody reads', async () => {
    const messages = [1, 2].map((packetId) => encode(publish({ topic: 't', payload: text('m'), qos: 1, packetId })));
    const broker = await fakeBroker(() => undefined);
    const cli = new Cli(['sub', '--url', broker.url, '#', '--qos', '1', '--count', '2']);
    await cli.says('stderr', 'subscribed to');
    cli.child.stdout.destroy();
    broker.send(concat(...messages));
    expect((await cli.ended).code).toBe(1);
    await broker.got(PacketType.DISCONNECT);
    expect(broker.packets.filter(({ type }) => type === PacketType.PUBACK)).toEqual([]);
  });

  it('prints no more than it was asked for, and acknowledges no more', async () => {
    const messages = [1, 2, 3].map((packetId) =>
      encode(publish({ topic: 't', payload: text(`${packetId}`), qos: 1, packetId })),
    );
    const broker = await sending(...messages);
    const { code, stdout } = await mqtt311(['sub', '--url', broker.url, '#', '--qos', '1', '--count', '2']);
    expect([code, stdout]).toEqual([0, '1\n2\n']);
    await broker.got(PacketType.DISCONNECT);
    const acknowledged = broker.packets.flatMap((packet) =>
      packet.type === PacketType.PUBACK ? [packet.packetId] : [],
    );
    expect(acknowledged).toEqual([1, 2]);
  });
});

describe('mqtt311 pub, with standard input', () => {
  const open = async (...args: string[]) => {
    const broker = await fakeBroker(() => undefined);
    const cli = new Cli(['pub', '--url', broker.url, 't', '--qos', '1', ...args], { stdin: 'open' });
    return { broker, cli };
  };
  const LINES = Buffer.from(
    'not UTF-8 \xff\xc0\xed\xa0\x80\r\nlone\rCR\n\n\u2028\x85\x0b\x0c\n\xef\xbb\xbfBOM\r\r\nlast\r',
    'latin1',
  );

  it('publishes its lines byte for byte, wherever they are cut', async () => {
    const { broker, cli } = await open('--lines');
    for (const byte of LINES) await new Promise((resolve) => cli.child.stdin.write(Buffer.of(byte), resolve));
    cli.child.stdin.end();
    expect((await cli.ended).code).toBe(0);
    const expected = [
      'not UTF-8 \xff\xc0\xed\xa0\x80',
      'lone\rCR',
      '',
      '\x28\x85\x0b\x0c',
      '\xef\xbb\xbfBOM\r',
      'last\r',
    ];
    expect(payloads(broker)).toEqual(expected);
  });

  it('ends with exit code 1 when the connection is lost, whether another line comes or not', async () => {
    const sockets: WebSocket[] = [];
    const broker = await fakeBroker((_, socket) => void sockets.push(socket));
    for (const args of [[], ['--rate', '0.01']]) {
      const cli = new Cli(['pub', '--url', broker.url, 't', '--lines', ...args], { stdin: 'open' });
      cli.child.stdin.write('one\ntwo\n'); // with the rate, it sleeps after the first one
      const { length } = payloads(broker);
      while (payloads(broker).length === length) await broker.got(PacketType.PUBLISH, length + 1);
      sockets.at(-1)!.terminate();
      const { code, stderr } = await cli.ended;
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^mqtt311: the connection was closed, code 1006\n$/)]);
    }
  });

  it('publishes at the first Ctrl-C what was read, and leaves in good order', async () => {
    const { broker, cli } = await open('--lines');
    cli.child.stdin.write('one\ntwo\nthr');
    await broker.got(PacketType.PUBLISH, 2);
    cli.child.kill('SIGINT');
    expect((await cli.ended).code).toBe(0);
    expect(payloads(broker)).toEqual(['one', 'two', 'thr']);
    await broker.got(PacketType.DISCONNECT);
  });

  it('publishes at the first Ctrl-C as much of a message as was read', async () => {
    const { broker, cli } = await open('--stdin');
    const message = Buffer.alloc(4_194_304, 'a message that is longer than all buffers on its way; ');
    await new Promise((resolve) => cli.child.stdin.write(message, resolve));
    cli.child.kill('SIGINT');
    expect((await cli.ended).code).toBe(0);
    const [published = '', ...others] = payloads(broker);
    expect(others).toEqual([]);
    expect(published.length).toBeGreaterThan(1_000_000);
    expect(message.toString('latin1').startsWith(published)).toBe(true);
    await broker.got(PacketType.DISCONNECT);
  });

  it('takes no part of a password for the password, at Ctrl-C', async () => {
    const broker = await fakeBroker(() => undefined);
    const secret = new Cli(['pub', '--url', broker.url, '--username', 'u', '--password-stdin', 't', 'm'], {
      stdin: 'open',
    });
    await new Promise((resolve) => secret.child.stdin.write(Buffer.alloc(4_194_304, 'x'), resolve));
    secret.child.kill('SIGINT');
    expect(await secret.ended).toMatchObject({ code: 1, stderr: '' });
    expect(broker.packets).toEqual([]);
  });

  it('ends at once at the second Ctrl-C', async () => {
    const broker = await fakeBroker((packet) => (packet.type === PacketType.PUBLISH ? new Uint8Array() : undefined));
    const cli = new Cli(['pub', '--url', broker.url, 't', '--qos', '1', '--lines'], { stdin: 'open' });
    cli.child.stdin.write('never acknowledged\nneither');
    await broker.got(PacketType.PUBLISH);
    cli.child.kill('SIGINT');
    await broker.got(PacketType.PUBLISH, 2);
    const ended = once(cli.child, 'exit');
    cli.child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
  });
});

describe.skipIf(!existsSync('/dev/full'))('a full disk', () => {
  it.each(['1', '2'])('lets sub acknowledge no message of QoS %s that it could not write', async (qos) => {
    const message = publish({ topic: 't', payload: text('m'), qos: Number(qos) as 1 | 2, packetId: 1 });
    const broker = await sending(encode(message), encode({ ...message, packetId: 2 }));
    const full = openSync('/dev/full', 'w');
    const { code } = await mqtt311(['sub', '--url', broker.url, '#', '--qos', qos], { stdout: full });
    closeSync(full);
    expect(code).toBe(1);
    await broker.got(PacketType.DISCONNECT);
    const sent = broker.packets.map(({ type }) => type);
    expect(sent).toEqual([PacketType.CONNECT, PacketType.SUBSCRIBE, PacketType.DISCONNECT]);
  });

  it.each([
    ['--help'],
    ['--version'],
    ['explain', '--help'],
    ['explain', 'c000d000'],
    ['explain', '--json', 'c000d000'],
    ['sign', '--product-key', 'p', '--device-name', 'd'],
    ['sign', '--product-key', 'p', '--device-name', 'd', '--json'],
    ['completion', 'bash'],
    ['gate'],
    ['gate', '--json'],
    ['pub', 't', 'm', '--json'],
    ['sub', '#'],
    ['sub', '#', '--json'],
    ['ping'],
    ['ping', '--json'],
  ])('at stdout of mqtt311 %s is one line on stderr, and exit code 1', async (...args) => {
    const { url } = await fakeBroker((packet) => {
      if (packet.type === PacketType.SUBSCRIBE)
        return concat(usual(packet)!, encode(publish({ topic: 't', payload: text('m') })));
      return packet.type === PacketType.PINGREQ ? Uint8Array.of(0xd0, 0) : undefined;
    });
    const isOnline = ['pub', 'sub', 'ping'].includes(args[0]!);
    const full = openSync('/dev/full', 'w');
    const given = { stdout: full, env: { DEVICE_SECRET: 'x' } };
    const { code, stderr } = await mqtt311(isOnline ? [...args, '--url', url] : args, given);
    closeSync(full);
    expect(code).toBe(1);
    const lines = stderr.split('\n').filter((line) => !line.includes('subscribed to'));
    expect(lines).toEqual(['mqtt311: standard output: ENOSPC: no space left on device, write', '']);
  });
});
