import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { connack, Decoder, encode, type Packet, PacketType, puback } from '../../src/codec/codec.ts';

/** A page that publishes once, or takes up what its predecessor has left, over a session in IndexedDB. */
const PAGE = `
  import { BrowserLevel } from 'browser-level';
  import { connect } from './src/index.ts';
  import { levelStore } from './src/session/level.ts';

  const database = new BrowserLevel('session', { keyEncoding: 'utf8', valueEncoding: 'view' });
  globalThis.start = async (topic) => {
    const store = levelStore(database);
    globalThis.client = await connect('ws://' + location.host, { clientId: 'page', cleanSession: false, store });
    if (topic) globalThis.published = client.publish(topic, 'kept', { qos: 1 }).then(() => 'acknowledged', String);
  };
  globalThis.kept = async () => (await database.iterator().all()).map(([key]) => key);
`;
const ARGUMENTS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

let server: Server;
let browser: Browser;
let url = '';
let script = '';
/** What pages have sent, on whatever connection. */
const packets: Packet[] = [];
let acknowledges = false;

function accept(socket: WebSocket): void {
  const decoder = new Decoder();
  socket.on('message', (data: Buffer) => {
    decoder.push(data);
    for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) {
      packets.push(packet);
      if (packet.type === PacketType.CONNECT) socket.send(encode(connack({ sessionPresent: packets.length > 1 })));
      if (packet.type === PacketType.PUBLISH && acknowledges) socket.send(encode(puback(packet.packetId)));
    }
  });
}

beforeAll(async () => {
  const bundle = await build({
    stdin: { contents: PAGE, resolveDir: '.', sourcefile: 'page.js' },
    bundle: true,
    format: 'esm',
    write: false,
  });
  script = bundle.outputFiles[0]!.text;
  server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  new WebSocketServer({ server, handleProtocols: () => 'mqtt' }).on('connection', accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS.split(' ') });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

describe('in Chromium, with browser-level', () => {
  it('a page takes up from IndexedDB what the page before it had not acknowledged [MQTT-4.4.0-1]', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction('globalThis.start');
    await page.evaluate('start("a/b")');
    await expect.poll(() => packets.at(-1)?.type, { timeout: 10_000 }).toBe(PacketType.PUBLISH);
    expect(packets.at(-1)).toMatchObject({ topic: 'a/b', qos: 1, packetId: 1, dup: false });
    expect(await page.evaluate('kept()')).toEqual(['out/00000000001', 'owner']);

    acknowledges = true;
    await page.reload();
    await page.waitForFunction('globalThis.start');
    await page.evaluate('start()');
    await expect.poll(() => packets.at(-1)?.type, { timeout: 10_000 }).toBe(PacketType.PUBLISH);
    expect(packets.at(-1)).toMatchObject({ topic: 'a/b', qos: 1, packetId: 1, dup: true });
    await expect.poll(() => page.evaluate('kept()'), { timeout: 10_000 }).toEqual(['owner']);

    await page.evaluate('start("c")');
    expect(await page.evaluate('published')).toBe('acknowledged');
  }, 60_000);
});
