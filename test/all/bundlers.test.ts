// The tarball in the hands of bundlers and of a page without one: no shim, no warning, no dependency.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../support/broker.ts';

const execute = promisify(execFile);
const project = mkdtempSync(join(tmpdir(), 'mqtt311-bundlers-'));
const installed = join(project, 'node_modules/mqtt311');

const BUNDLERS = [
  'esbuild@0.28.2',
  'rollup@4.68.7',
  '@rollup/plugin-node-resolve@16.0.3',
  'vite@8.3.8',
  'webpack@5.112.1',
];
const ARGUMENTS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** What a page does with all that it imports, as `result`. */
const PROGRAM = `
  globalThis.talk = async (url) => {
    const client = await connect(url, { clientId: 'page' });
    const messages = (await client.subscribe('a/#', { qos: 2 }))[Symbol.asyncIterator]();
    await client.publish('a/b', 'there and back', { qos: 2 });
    const { value } = await messages.next();
    await client.close();
    const { password } = sign({ productKey: 'pk', deviceName: 'device', deviceSecret: 'secret', clientId: '12345',
      timestamp: 789, signMethod: 'hmacsha1' });
    return [value.text(), client.state, password, encode(pingreq()).join()].join(' ');
  };
`;
const IMPORTS = `
  import { connect } from 'mqtt311';
  import { sign } from 'mqtt311/aliyun';
  import { encode, pingreq } from 'mqtt311/codec';
`;
const RESULT = 'there and back closed fafd82a3d602b37fb0fa8b7892f24a477f851a14 192,0';

/** A program that bundles main.js into out/NAME.js and says on stderr what the bundler warns of. */
const BUILDS: Record<string, string> = {
  esbuild: `
    import { build } from 'esbuild';
    const { warnings } = await build({ entryPoints: ['main.js'], bundle: true, minify: true, format: 'esm',
      outfile: 'out/esbuild.js', logLevel: 'silent' });
    for (const { text } of warnings) console.error(text);`,
  rollup: `
    import { rollup } from 'rollup';
    import { nodeResolve } from '@rollup/plugin-node-resolve';
    const bundle = await rollup({ input: 'main.js', plugins: [nodeResolve({ browser: true })],
      onwarn: ({ message }) => console.error(message) });
    await bundle.write({ file: 'out/rollup.js', format: 'es' });`,
  vite: `
    import { build, createLogger } from 'vite';
    const customLogger = createLogger('silent');
    for (const level of ['warn', 'warnOnce', 'error']) customLogger[level] = (text) => console.error(text);
    await build({ customLogger, build: { outDir: 'out', emptyOutDir: false,
      lib: { entry: 'main.js', formats: ['es'], fileName: () => 'vite.js' } } });`,
  webpack: `
    import webpack from 'webpack';
    const config = { mode: 'production', entry: './main.js', performance: { hints: 'error' },
      output: { path: process.cwd() + '/out', filename: 'webpack.js' } };
    const stats = await new Promise((resolve, reject) => webpack(config, (error, all) => error ? reject(error) : resolve(all)));
    for (const { message } of [...stats.toJson().errors, ...stats.toJson().warnings]) console.error(message);`,
};

/** Pages without a bundler: an import map over the package as it is, and the two files that are one. */
const PAGES: Record<string, string> = {
  'an import map': `
    <script type="importmap">{ "imports": { "mqtt311": "/mqtt311/dist/index.js",
      "mqtt311/aliyun": "/mqtt311/dist/aliyun/aliyun.js",
      "mqtt311/codec": "/mqtt311/dist/codec/codec.js",
      "#text": "/mqtt311/dist/codec/text.js" } }</script>
    <script type="module">${IMPORTS}${PROGRAM}</script>`,
  'a module of one file': `
    <script type="module">
      import { connect, sign, codec } from '/mqtt311/dist/mqtt311.min.mjs';
      const { encode, pingreq } = codec;
      ${PROGRAM}
    </script>`,
  'a script of one file': `
    <script src="/mqtt311/dist/mqtt311.min.js"></script>
    <script>const { connect, sign, codec: { encode, pingreq } } = mqtt311; ${PROGRAM}</script>`,
};

let server: Server;
let broker: Broker;
let browser: Browser;
let origin = '';

beforeAll(async () => {
  await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', project]); // no script, for others read dist/
  const tarball = resolve(project, readdirSync(project).find((name) => name.endsWith('.tgz'))!);
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  writeFileSync(join(project, 'main.js'), IMPORTS + PROGRAM);
  mkdirSync(join(project, 'out'));
  await execute('npm', ['install', '--no-audit', '--no-fund', tarball, ...BUNDLERS], { cwd: project });
  broker = await startBroker();
  server = createServer(({ url }, response) => {
    const path = decodeURIComponent(url!.slice(1));
    const isFile = path.startsWith('mqtt311/') || path.startsWith('out/');
    const page = PAGES[path] ?? `<script type="module" src="/out/${path}.js"></script>`;
    response.setHeader('content-type', /js$/.test(extname(path)) ? 'text/javascript' : 'text/html');
    response.end(
      isFile
        ? readFileSync(path.startsWith('out/') ? join(project, path) : join(installed, path.slice(8)))
        : `<!doctype html>${page}`,
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS.split(' ') });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  await broker?.close();
  rmSync(project, { recursive: true, force: true });
}, 60_000);

/** What the page's program gives, and every complaint of the browser. */
async function visit(path: string): Promise<[result: unknown, complaints: string[]]> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => void complaints.push(`${error}`));
  page.on('console', (message) => void complaints.push(message.text()));
  await page.goto(`${origin}/${encodeURIComponent(path)}`);
  await page.waitForFunction('globalThis.talk');
  const result = await page.evaluate(`talk('${broker.url}')`);
  await page.close();
  return [result, complaints.filter((text) => !/favicon|404/.test(text))];
}

describe('for the browser', () => {
  it.each(Object.keys(BUILDS))(
    '%s bundles it without a warning and without a shim, and the page works',
    async (name) => {
      const { stderr } = await execute(process.execPath, ['--input-type=module', '--eval', BUILDS[name]!], {
        cwd: project,
      });
      expect(stderr).toBe('');
      const code = readFileSync(join(project, 'out', `${name}.js`), 'utf8');
      expect(code.match(/isomorphic-ws|node:|\bBuffer\.|\bprocess\.|\brequire\(/g)).toBeNull();
      expect(await visit(name)).toEqual([RESULT, []]);
    },
    120_000,
  );

  it.each(Object.keys(PAGES))(
    '%s needs no bundler',
    async (name) => {
      expect(await visit(name)).toEqual([RESULT, []]);
    },
    60_000,
  );
});

describe("the folder for WeChat's builder", () => {
  it('is where package.json says, in CommonJS that knows nothing newer than ES2018', async () => {
    const require = createRequire(join(project, 'main.js'));
    const folder = join(installed, require('mqtt311/package.json').miniprogram);
    const { encode, pingreq, ProtocolError } = require(join(folder, 'codec.js'));
    expect([...encode(pingreq())]).toEqual([192, 0]);
    expect(require(join(folder, 'client.js')).ProtocolError).toBe(ProtocolError);
    expect(typeof require(join(folder, 'index.js')).connect).toBe('function');
    const { transform } = await import('esbuild');
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    )) {
      const code = readFileSync(join(folder, file), 'utf8');
      const { code: older } = await transform(code, { target: 'es2018', minifyWhitespace: true });
      expect(older, file).toBe(code);
    }
  });
});
