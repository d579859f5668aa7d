// Browsers: a page from loopback that loads the scripts, with the broker's authority in the browser's own store.

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, firefox } from 'playwright-core';
import { conformance, script } from './bundle.ts';
import { debianVersion } from './packages.ts';
import { Background, run } from './process.ts';
import type { Bench, Outcome, Runtime } from './runtime.ts';
import { WebDriver } from './webdriver.ts';

const CHROMIUM =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** What the page is asked for: everything, as text. */
const expression = ({ broker }: Bench, id: string) =>
  `page.wire('${id}', '${broker.ws}', '${broker.wss}').then((wire) => JSON.stringify({ report: conformance.run(), wire }))`;

/** Serves the page while `act` uses it. */
async function withPage<T>(act: (url: string) => Promise<T>): Promise<T> {
  const scripts = { '/conformance.js': await conformance(), '/page.js': await script('page') };
  const tags = Object.keys(scripts).map((path) => `<script src="${path}"></script>`);
  const server: Server = createServer(({ url }, response) => {
    const code = scripts[url as keyof typeof scripts];
    response.setHeader('content-type', code === undefined ? 'text/html' : 'text/javascript');
    response.end(code ?? `<!doctype html>${tags.join('')}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** A store of certificates in which the broker's authority is trusted for servers. */
async function trust({ ca }: Bench, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await run('certutil', ['-N', '--empty-password', '-d', `sql:${folder}`]);
  await run('certutil', ['-A', '-n', 'mqtt311', '-t', 'C,,', '-i', ca, '-d', `sql:${folder}`]);
  return folder;
}

async function inPlaywright(type: typeof chromium, bench: Bench, folder: string, options: object): Promise<Outcome> {
  const context = await type.launchPersistentContext(folder, { ...options, headless: true });
  try {
    return await withPage(async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      return JSON.parse(await page.evaluate(expression(bench, type.name())));
    });
  } finally {
    await context.close();
  }
}

export const BROWSERS: readonly Runtime[] = [
  {
    name: 'Chromium',
    source: 'Debian: chromium',
    version: () => debianVersion('chromium'),
    async run(bench) {
      const home = join(bench.folder, 'chromium-home');
      await trust(bench, join(home, '.pki/nssdb'));
      const options = {
        executablePath: '/usr/bin/chromium',
        args: CHROMIUM.split(' '),
        env: { ...process.env, HOME: home },
      };
      return inPlaywright(chromium, bench, join(home, 'profile'), options);
    },
  },
  {
    name: 'Firefox',
    source: 'Debian: firefox-esr',
    version: () => debianVersion('firefox-esr'),
    async run(bench) {
      const profile = await trust(bench, join(bench.folder, 'firefox-profile'));
      return inPlaywright(firefox, bench, profile, { executablePath: '/usr/bin/firefox-esr', channel: 'moz-firefox' });
    },
  },
  {
    name: 'WebKitGTK',
    source: 'Debian: webkit2gtk-driver',
    remark: 'wss with `acceptInsecureCerts`: it knows no authorities but the system’s',
    version: () => debianVersion('webkit2gtk-driver'),
    run: inWebKit,
  },
];

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

async function inWebKit(bench: Bench): Promise<Outcome> {
  const display = new Background('Xvfb', ['-displayfd', '3', '-screen', '0', '1024x768x24']);
  const port = await freePort();
  const DISPLAY = `:${await display.firstLine()}`;
  const driver = new Background('WebKitWebDriver', [`--port=${port}`], { DISPLAY });
  try {
    const session = await WebDriver.open(`http://127.0.0.1:${port}`, {
      acceptInsecureCerts: true,
      'webkitgtk:browserOptions': { binary: MINI_BROWSER, args: ['--automation'] },
    });
    try {
      return await withPage(async (url) => {
        await session.load(url);
        return JSON.parse(String(await session.evaluate(expression(bench, 'webkit'))));
      });
    } finally {
      await session.close();
    }
  } finally {
    await driver.stop();
    await display.stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
