// The example for several tabs, in tabs of Chromium: its locks, its channel, its way of ending a page.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Broker, startBroker } from '../support/broker.ts';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

const PAGE = `
  import { join } from './examples/tabs.ts';
  const seen = globalThis.seen = [];
  globalThis.start = (url) => {
    globalThis.tab = join(url, 'news/#', ({ text }) => seen.push(text), { clientId: 'page' });
  };
`;

let server: Server;
let broker: Broker;
let browser: Browser;
let origin = '';

beforeAll(async () => {
  const bundle = await build({
    stdin: { contents: PAGE, resolveDir: '.', sourcefile: 'page.js' },
    alias: { mqtt311: './src/index.ts' },
    bundle: true,
    format: 'esm',
    write: false,
  });
  const html = `<!doctype html><script type="module">${bundle.outputFiles[0]!.text}</script>`;
  server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
  server.listen(0, '127.0.0.1'); // a secure context, which locks need
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  broker = await startBroker();
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await broker?.close();
  server?.closeAllConnections();
  server?.close();
});

it('tabs share one connection, and the next one takes over when the tab with the client is closed', async () => {
  const context = await browser.newContext(); // its pages share locks and channels
  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(origin);
    await page.waitForFunction('globalThis.start');
    await page.evaluate(`start('${broker.url}')`);
    return page;
  };
  const first = await open();
  const second = await open();
  await second.evaluate(`tab.publish('news/1', 'snow')`); // resolves when the broker has it
  await expect
    .poll(() => Promise.all([first, second].map((page) => page.evaluate('seen'))))
    .toEqual([['snow'], ['snow']]);
  expect(broker.aedes.connectedClients).toBe(1);

  await first.close();
  await second.evaluate(`tab.publish('news/1', 'rain')`);
  await expect.poll(() => second.evaluate('seen')).toEqual(['snow', 'rain']);
  expect(broker.aedes.connectedClients).toBe(1);
}, 60_000);
