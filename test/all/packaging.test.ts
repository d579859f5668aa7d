import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Aedes } from 'aedes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebSocketStream, WebSocketServer } from 'ws';

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'mqtt311-pack-'));
let tarball = '';

beforeAll(async () => {
  await execute('npm', ['pack', '--pack-destination', folder]);
  tarball = resolve(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A fresh project with the tarball installed, and further packages. */
async function consumer(name: string, ...arguments_: string[]): Promise<string> {
  const project = join(folder, name);
  await execute('mkdir', [project]);
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  await execute('npm', ['install', '--no-audit', '--no-fund', tarball, ...arguments_], { cwd: project });
  return project;
}

const ENTRIES = [
  '',
  '/client',
  '/codec',
  '/session',
  '/keep-alive',
  '/topics',
  '/websocket',
  '/aliyun',
  '/explain',
  '/level',
];

describe('the tarball', () => {
  it('brings no dependency with --omit=optional, and every entry point imports and can be required', async () => {
    const project = await consumer('bare', '--omit=optional');
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['mqtt311']);
    const program = `
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      for (const entry of ${JSON.stringify(ENTRIES)}) {
        const names = Object.keys(await import('mqtt311' + entry)).length;
        if (names === 0 || Object.keys(require('mqtt311' + entry)).length !== names) throw new Error(entry);
      }
      console.log('imported and required');`;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', program], { cwd: project });
    expect(stdout.trim()).toBe('imported and required');
    const { stdout: lines } = await execute(join(project, 'node_modules/.bin/mqtt311'), ['explain', 'c0 00']);
    expect(lines).toContain('PINGREQ');
  }, 120_000);

  it('connects with what a plain npm install brings', async () => {
    const project = await consumer('plain');
    const broker = await Aedes.createBroker();
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (socket, request) => void broker.handle(createWebSocketStream(socket), request));
    try {
      const { port } = server.address() as { port: number };
      const program = `
        import { connect } from 'mqtt311';
        const client = await connect('ws://127.0.0.1:${port}', { clientId: 'consumer' });
        await client.publish('a/b', 'hello', { qos: 2 });
        await client.close();
        console.log('published');`;
      const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', program], { cwd: project });
      expect(stdout.trim()).toBe('published');
    } finally {
      server.close();
      broker.close();
    }
  }, 120_000);
});

const PROGRAM = `
import { connect, type Client, type Message, ProtocolError } from 'mqtt311';
import { aliyun, sign } from 'mqtt311/aliyun';
import { decode, Decoder, encode, publish, type Packet } from 'mqtt311/codec';
import { type Annotation, explain } from 'mqtt311/explain';
import { connect as connectOver } from 'mqtt311/client';
import { createKeepAlive } from 'mqtt311/keep-alive';
import { levelStore } from 'mqtt311/level';
import { createSession } from 'mqtt311/session';
import { matches } from 'mqtt311/topics';
import { webSocketTransport, type WebSocketConstructor } from 'mqtt311/websocket';

declare const WebSocket: WebSocketConstructor;
export async function main(): Promise<void> {
  const device = { productKey: 'pk', deviceName: 'device', deviceSecret: 'secret' };
  const client: Client = await connect(aliyun({ ...device, region: 'cn-shanghai', reconnect: false }));
  await using other = await connectOver('ws://h', { transport: webSocketTransport(WebSocket) });
  const subscription = await client.subscribe(['a', 'b'], { qos: 1 }, (message: Message) => void message.text());
  const packet: Packet = decode(encode(publish({ topic: 't', payload: new Uint8Array(0) })));
  if (packet.type === 3) packet.topic.length;
  const clause: string = new ProtocolError('MQTT-1.5.3-1', '').clause + sign({ ...device, clientId: 'c' }).password;
  const annotations: Annotation[] = explain(encode(packet));
  void [annotations, new Decoder(), createKeepAlive, createSession, levelStore, matches('a', clause), subscription, other];
}
`;

describe('the types', () => {
  // what came first with `using`, the last of its line, ours, and the newest
  it.each(['5.2.2', '5.9.3', '6.0.3', '7.0.2'])(
    'check with TypeScript %s, without DOM, Node types or skipLibCheck',
    async (version) => {
      const project = await consumer(`types-${version}`, `typescript@${version}`);
      writeFileSync(join(project, 'main.mts'), PROGRAM);
      const compilerOptions = { noEmit: true, strict: true, skipLibCheck: false, module: 'nodenext', target: 'es2022' };
      const config = { compilerOptions: { ...compilerOptions, lib: ['es2022'], types: [] }, files: ['main.mts'] };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
      const output = await execute(join(project, 'node_modules/.bin/tsc'), { cwd: project }).then(
        ({ stdout }) => stdout,
        ({ stdout, stderr }) => `${stdout}${stderr}failed`,
      );
      expect(output).toBe('');
    },
    120_000,
  );
});
