// The tarball in the hands of those who install it. `npm run build` has made what it is packed from.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { compileFunction, createContext } from 'node:vm';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES, PORTABLE_ENTRIES } from '../../tools/entries.ts';
import { type Broker, startBroker } from '../support/broker.ts';
import { EXPECTED_USE, usePhone } from '../support/phone.ts';

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'mqtt311-pack-'));
let tarball = '';
let broker: Broker;

beforeAll(async () => {
  broker = await startBroker();
  await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]); // no script, for others read dist/
  tarball = resolve(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
}, 120_000);
afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
}, 120_000); // there are many packages in it

/** A fresh project with the tarball installed, and further packages. */
async function consumer(name: string, ...arguments_: string[]): Promise<string> {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  await execute('npm', ['install', '--no-audit', '--no-fund', tarball, ...arguments_], { cwd: project });
  return project;
}

/** A program that publishes, and says so. */
const connecting = (url: string) => `
  import { connect } from 'mqtt311';
  const client = await connect('${url}', { clientId: 'consumer' });
  await client.publish('a/b', 'hello', { qos: 2 });
  await client.close();
  console.log('published');`;

const NAMES = ENTRIES.map(({ name }) => name);

/** What a command prints, also when it fails. */
const outputOf = (command: string, arguments_: readonly string[], cwd: string): Promise<string> =>
  execute(command, arguments_, { cwd }).then(
    ({ stdout, stderr }) => stdout + stderr,
    ({ code, stdout, stderr }) => `${stdout}${stderr}failed with ${code}`,
  );

describe('the tarball', () => {
  it('is what publint and attw expect: every entry point has the right types for every way of resolving it', async () => {
    const publint = ['--strict', '--level', 'warning', tarball];
    expect(await outputOf('node_modules/.bin/publint', publint, '.')).toContain('All good!');
    const attw = ['--format', 'json', tarball];
    const { analysis, problems } = JSON.parse(await outputOf('node_modules/.bin/attw', attw, '.'));
    expect(Object.keys(analysis.entrypoints)).toHaveLength(ENTRIES.length + 1);
    expect(problems).toEqual({});
  }, 120_000);

  it('brings no dependency with --omit=optional, and every entry point imports and can be required', async () => {
    const project = await consumer('bare', '--omit=optional');
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['mqtt311']);
    const program = `
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      for (const entry of ${JSON.stringify(NAMES)}) {
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
    writeFileSync(join(project, 'main.mjs'), connecting(broker.url));
    const { stdout } = await execute(process.execPath, ['main.mjs'], { cwd: project });
    expect(stdout.trim()).toBe('published');
  }, 120_000);
});

describe('a program of CommonJS', () => {
  it('gets the copy that import gets', async () => {
    const project = await consumer('one-copy', '--omit=optional');
    const program = `
      const assert = require('node:assert/strict');
      (async () => {
        for (const entry of ${JSON.stringify(NAMES)}) {
          const [imported, required] = [await import('mqtt311' + entry), require('mqtt311' + entry)];
          for (const name of Object.keys(required)) assert.equal(imported[name], required[name], name);
        }
        assert.equal(require('mqtt311').ProtocolError, (await import('mqtt311/codec')).ProtocolError);
        console.log('one copy');
      })();`;
    writeFileSync(join(project, 'main.cjs'), program);
    expect(await outputOf(process.execPath, ['main.cjs'], project)).toBe('one copy\n');
  }, 120_000);

  it('runs under Jest 29 without any configuration, which knows neither ES modules nor import()', async () => {
    const project = await consumer('jest', 'jest@29.7.0');
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    const test = `
      it.each(${JSON.stringify(NAMES)})('requires mqtt311%s', (entry) => {
        expect(require.resolve('mqtt311' + entry)).toContain('/dist/cjs/');
        expect(Object.keys(require('mqtt311' + entry))).not.toEqual([]);
      });
      it('publishes, and has one ProtocolError', async () => {
        const { connect, ProtocolError } = require('mqtt311');
        const client = await connect('${broker.url}', { clientId: 'jest' });
        await client.publish('a/b', 'hello', { qos: 2 });
        await expect(client.publish('a/+', 'hello')).rejects.toThrow(ProtocolError);
        await client.close();
        expect(require('mqtt311/codec').ProtocolError).toBe(ProtocolError);
      });`;
    writeFileSync(join(project, 'mqtt311.test.js'), test);
    cpSync('examples/jest', project, { recursive: true }); // with fake timers: three tests more
    expect(await outputOf('node_modules/.bin/jest', [], project)).toContain(`Tests:       ${NAMES.length + 4} passed`);
  }, 120_000);
});

/** What requires modules as a mini program does: of its own, or below the folder of npm; with no globals but these. */
function miniProgram(npm: string, globals: object): (file: string, code?: string) => object {
  const parsingContext = createContext(globals);
  const loaded = new Map<string, object>();
  return function load(file, code = readFileSync(file, 'utf8')) {
    const known = loaded.get(file);
    if (known !== undefined) return known;
    const module = { exports: {} };
    loaded.set(file, module.exports);
    const require = (name: string) => {
      const path = resolve(name.startsWith('.') ? dirname(file) : npm, name);
      return load(path.endsWith('.js') ? path : `${path}.js`);
    };
    compileFunction(code, ['require', 'module', 'exports'], { parsingContext })(require, module, module.exports);
    loaded.set(file, module.exports);
    return module.exports;
  };
}

describe('the folder for mini programs', () => {
  let npm = ''; // as WeChat's builder lays it: miniprogram_dist under the name of the package

  beforeAll(async () => {
    const project = await consumer('mini-program', '--omit=optional');
    npm = join(project, 'miniprogram_npm');
    const installed = join(project, 'node_modules/mqtt311');
    const { miniprogram } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    cpSync(join(installed, miniprogram), join(npm, 'mqtt311'), { recursive: true });
  }, 120_000);

  it('carries the example, where there is no WebSocket, no TextEncoder, no URL and no crypto', async () => {
    const source = readFileSync('examples/wechat.ts', 'utf8');
    const { code } = await transform(source, { loader: 'ts', format: 'cjs', target: 'es2018' });
    const use = await usePhone((wx) => {
      const load = miniProgram(npm, { wx, setTimeout, clearTimeout });
      return load('wechat.js', code) as typeof import('../../examples/wechat.ts');
    });
    expect(use).toStrictEqual(EXPECTED_USE);
  });

  it('has every entry point', () => {
    const load = miniProgram(npm, {});
    for (const { name: entry } of PORTABLE_ENTRIES)
      expect(load(join(npm, 'mqtt311', `${entry || '/index'}.js`))).not.toEqual({});
  });
});

const PROGRAM = `
import { connect, type Client, type Message, ProtocolError } from 'mqtt311';
import { aliyun, sign } from 'mqtt311/aliyun';
import { decode, Decoder, encode, publish, type Packet } from 'mqtt311/codec';
import { type Annotation, explain } from 'mqtt311/explain';
import { connect as connectOver } from 'mqtt311/client';
import { type Gate, startGate } from 'mqtt311/gate';
import { createKeepAlive } from 'mqtt311/keep-alive';
import { levelStore } from 'mqtt311/level';
import { createSession } from 'mqtt311/session';
import { type Broker, createBroker } from 'mqtt311/testing';
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
  await using gate: Gate = await startGate({ devices: [device], qos2: 'accept', log: (line: string) => void line });
  const { code } = await gate.setProperty('device', {}, { timeout: 1 });
  const broker: Broker = createBroker();
  broker.on('packet', ({ packet, fate }) => void [packet?.type, fate]);
  void [code, annotations, new Decoder(), createKeepAlive, createSession, levelStore, matches('a', clause), subscription, other];
}
`;

describe('the types', () => {
  // the oldest that knows AsyncDisposable, the last of its line, ours, and the newest
  it.each(['5.2.2', '5.9.3', '6.0.3', '7.0.2'])(
    'check with TypeScript %s, without DOM, Node types or skipLibCheck',
    async (version) => {
      const project = await consumer(`types-${version}`, `typescript@${version}`);
      for (const file of ['main.mts', 'main.cts']) writeFileSync(join(project, file), PROGRAM);
      const compilerOptions = { noEmit: true, strict: true, skipLibCheck: false, module: 'nodenext', target: 'es2022' };
      const config = {
        compilerOptions: { ...compilerOptions, lib: ['es2022'], types: [] },
        files: ['main.mts', 'main.cts'],
      };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
      expect(await outputOf('node_modules/.bin/tsc', [], project)).toBe('');
    },
    120_000,
  );

  it('check for a program that resolves modules as Node 10 did, without exports', async () => {
    const project = await consumer('types-node10', 'typescript@5.9.3');
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    writeFileSync(join(project, 'main.ts'), PROGRAM);
    const compilerOptions = { noEmit: true, strict: true, skipLibCheck: false, module: 'commonjs', target: 'es2022' };
    const config = { compilerOptions: { ...compilerOptions, moduleResolution: 'node', lib: ['es2022'], types: [] } };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ ...config, files: ['main.ts'] }));
    expect(await outputOf('node_modules/.bin/tsc', [], project)).toBe('');
  }, 120_000);
});

describe('Deno', () => {
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  let project = '';
  const deno = (...arguments_: string[]) =>
    execute(join(project, 'node_modules/@deno/linux-x64-glibc/deno'), arguments_, {
      cwd: arguments_.includes('publish') ? '.' : project,
      env: { PATH: process.env['PATH'], DENO_DIR: join(folder, 'deno'), NO_COLOR: '1' },
    });

  beforeAll(async () => {
    const { dependencies } = json('test/runtimes/package.json');
    project = await consumer('deno', `@deno/linux-x64-glibc@${dependencies['@deno/linux-x64-glibc']}`);
  }, 120_000);

  it('checks the types of the tarball, imports every entry point, and publishes over its own WebSocket', async () => {
    const imports = NAMES.map((entry) => `if (Object.keys(await import('mqtt311${entry}')).length === 0) throw 0;`);
    writeFileSync(join(project, 'types.ts'), PROGRAM);
    writeFileSync(join(project, 'main.ts'), connecting(broker.url) + imports.join('\n'));
    const installed = '--node-modules-dir=manual'; // a tarball Deno does not install by itself
    await deno('check', installed, 'types.ts', 'main.ts');
    const { stdout } = await deno('run', installed, '--no-remote', '--allow-net=127.0.0.1', 'main.ts');
    expect(stdout.trim()).toBe('published');
  }, 120_000);

  it('would publish the sources to JSR: no slow types, and the version and the entry points of package.json', async () => {
    const { stderr } = await deno('publish', '--dry-run', '--allow-dirty'); // fails on a slow type
    expect(stderr).toContain('Checking for slow types in the public API');
    expect(stderr).toContain('Dry run complete');
    const [ours, theirs] = [json('package.json'), json('jsr.json')];
    expect(theirs.version).toBe(ours.version);
    const sources = PORTABLE_ENTRIES.map(({ name, file }) => [`.${name}`, `./src/${file}.ts`]);
    expect(theirs.exports).toStrictEqual(Object.fromEntries(sources));
  }, 120_000);
});
