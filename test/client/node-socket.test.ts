// The entry for Node against servers of `ws` that want its memory: what is refused, and how little it takes.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { connack, encode, publish } from '../../src/codec/codec.ts';

const MEBIBYTE = 0x10_0000;
const folder = mkdtempSync(join(tmpdir(), 'mqtt311-'));
const bundle = join(folder, 'client.cjs');

interface Server {
  readonly url: string;
  /** What the client has offered. */
  readonly extensions: (string | undefined)[];
  close(): void;
}

/** A server that accepts, and answers the SUBSCRIBE with these messages. */
async function serve(messages: readonly Uint8Array[], compress: boolean): Promise<Server> {
  const extensions: (string | undefined)[] = [];
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'mqtt',
    perMessageDeflate: compress && { threshold: 0 },
  });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket, request) => {
    extensions.push(request.headers['sec-websocket-extensions']);
    socket.on('error', () => {}); // it is cut while it sends
    socket.once('message', () => {
      socket.send(encode(connack()));
      socket.once('message', () => {
        for (const message of messages) socket.send(message, { compress });
      });
    });
  });
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  };
  return { url: `ws://127.0.0.1:${port}`, extensions, close };
}

interface Outcome {
  readonly messages: number;
  readonly error?: { name: string; message: string };
  /** MiB that the process has grown by, at its highest. */
  readonly grown: number;
}

/** Connects in a process of its own, and ends with the connection or with the last message. */
function run(url: string, options: object, expected: number): Promise<Outcome> {
  const program = `
    const { connect } = require(${JSON.stringify(bundle)});
    const before = process.resourceUsage().maxRSS;
    let messages = 0;
    const end = (error) => {
      const grown = (process.resourceUsage().maxRSS - before) / 1024;
      console.log(JSON.stringify({ messages, grown, error: error && { name: error.name, message: error.message } }));
      process.exit();
    };
    connect(${JSON.stringify(url)}, ${JSON.stringify({ reconnect: false, ...options })}).then((client) => {
      client.on('error', end);
      client.subscribe('#', {}, () => ++messages === ${expected} && setImmediate(end)).catch(() => {});
    }, end);`;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', program], { timeout: 60_000 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr || String(error)));
      else resolve(JSON.parse(stdout));
    });
  });
}

const packet = (size: number) => encode(publish({ topic: 't', payload: new Uint8Array(size - 16) }));

describe('over ws', () => {
  const servers: Server[] = [];
  const against = async (messages: Uint8Array[], options: object, expected = 1, compress = false) => {
    const server = await serve(messages, compress);
    servers.push(server);
    return { outcome: await run(server.url, options, expected), ...server };
  };

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('../../src/index.node.ts', import.meta.url));
    await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: 'node', format: 'cjs' });
  });
  afterAll(() => {
    for (const { close } of servers) close();
    rmSync(folder, { recursive: true });
  });

  it('offers no compression, so that 100 kB never become 100 MB', async () => {
    const bomb = new Uint8Array(99 * MEBIBYTE);
    const { outcome, extensions } = await against([bomb], { maxPacketSize: 1_000 }, 1, true);
    expect(extensions).toStrictEqual([undefined]);
    expect(outcome).toMatchObject({ messages: 0, error: { name: 'ConnectionLostError' } });
    expect(outcome.grown).toBeLessThan(60);
  }, 60_000);

  it('offers compression when it is asked to, and bounds what comes out', async () => {
    const bomb = new Uint8Array(99 * MEBIBYTE);
    const options = { maxPacketSize: 1_000, webSocketOptions: { perMessageDeflate: true } };
    const { outcome, extensions } = await against([bomb], options, 1, true);
    expect(extensions).toStrictEqual([expect.stringContaining('permessage-deflate')]);
    expect(outcome).toMatchObject({ messages: 0, error: { name: 'ConnectionLostError' } });
    expect(outcome.grown).toBeLessThan(100);
  }, 60_000);

  it('refuses a message 16 MiB larger than the largest packet before it has come', async () => {
    const { outcome } = await against([new Uint8Array(16 * MEBIBYTE + 1_001)], { maxPacketSize: 1_000 });
    expect(outcome).toMatchObject({ messages: 0, error: { name: 'ConnectionLostError' } });
    expect(outcome.grown).toBeLessThan(60);
  }, 60_000);

  it('takes many packets in one message, each of which is small enough', async () => {
    const packets = Array<Uint8Array>(15_000).fill(packet(1_000));
    const { outcome } = await against([Buffer.concat(packets)], { maxPacketSize: 1_000 }, 15_000);
    expect(outcome).toMatchObject({ messages: 15_000 });
  }, 60_000);

  it('takes a packet that is larger than a message of ws may be by default', async () => {
    const { outcome } = await against([packet(101 * MEBIBYTE)], {});
    expect(outcome).toMatchObject({ messages: 1 });
  }, 60_000);

  it('has the bound that webSocketOptions set', async () => {
    const options = { webSocketOptions: { maxPayload: 1_000 } };
    const { outcome } = await against([packet(1_100)], options);
    expect(outcome).toMatchObject({ messages: 0, error: { name: 'ConnectionLostError' } });
  }, 60_000);
});
