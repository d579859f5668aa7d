import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** A project that has installed the package, and no optional dependency. */
const project = mkdtempSync(join(tmpdir(), 'mqtt311-consumer-'));
const installed = join(project, 'node_modules', 'mqtt311');
cpSync('package.json', join(installed, 'package.json'));
cpSync('dist', join(installed, 'dist'), { recursive: true });
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What the program prints. Its last import is recorded by a hook that sees every module as it is resolved. */
async function execute(program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: project });
  return stdout.trim();
}

const RECORD_MODULES = `
  import { register } from 'node:module';
  import { MessageChannel } from 'node:worker_threads';
  const { port1, port2 } = new MessageChannel();
  const modules = [];
  port1.on('message', (url) => modules.push(url)).unref();
  const hook = "let port; export function initialize(given) { port = given; }"
    + "export async function resolve(name, context, next) { const found = await next(name, context);"
    + " port.postMessage(found.url); return found; }";
  register('data:text/javascript,' + encodeURIComponent(hook), { data: port2, transferList: [port2] });
`;

describe('the package, installed without its optional dependencies', () => {
  it.each(['client', 'codec', 'session', 'keep-alive', 'topics', 'websocket', 'aliyun', 'explain', 'gate', 'testing'])(
    'loads nothing but its own files for mqtt311/%s',
    async (entry) => {
      const output = await execute(`${RECORD_MODULES}
        await import('mqtt311/${entry}');
        await new Promise((resolve) => setTimeout(resolve, 50));
        console.log(JSON.stringify(modules));`);
      const modules: string[] = JSON.parse(output);
      expect(modules.length).toBeGreaterThan(0);
      expect(modules.filter((url) => !url.includes('/node_modules/mqtt311/dist/'))).toEqual([]);
    },
  );

  it('imports mqtt311 all the same, and connect() says what to install', async () => {
    const output = await execute(`
      import { connect, ConnectionLostError } from 'mqtt311';
      await connect('ws://127.0.0.1:1').catch((error) =>
        console.log(error instanceof ConnectionLostError, error.reason, error.message));`);
    expect(output).toBe(
      'true unreachable in Node, mqtt311 connects over ws: npm install ws isomorphic-ws, or hand in options.transport',
    );
  });

  it('imports mqtt311/gate all the same, and startGate() says what to install', async () => {
    const output = await execute(`
      import { startGate } from 'mqtt311/gate';
      await startGate({ devices: [] }).catch((error) => console.log(error.message));`);
    expect(output).toBe('the gate needs packages beside mqtt311: npm install selfsigned@5 ws@8');
  });

  it('can be required, where Node allows it', async () => {
    const output = await execute(`
      import { createRequire } from 'node:module';
      const { encode, pingreq } = createRequire(process.cwd() + '/')('mqtt311/codec');
      console.log(encode(pingreq()).join());`);
    expect(output).toBe('192,0');
  });

  it('codec and signer work where the platform has neither TextEncoder nor timers nor crypto', async () => {
    const output = await execute(`
      globalThis.process.stdout.write('');
      for (const name of ['Buffer', 'TextEncoder', 'TextDecoder', 'setTimeout', 'crypto', 'URL', 'performance'])
        Object.defineProperty(globalThis, name, { get() { throw new Error(name + ' was used at import time'); } });
      const { encode, publish, decode } = await import('mqtt311/codec');
      const { sign } = await import('mqtt311/aliyun');
      await import('mqtt311/client');
      const packet = decode(encode(publish({ topic: '温度', payload: new Uint8Array(1) })));
      const { password } = sign({ productKey: 'pk', deviceName: 'device', deviceSecret: 'secret', clientId: '12345',
        timestamp: 789, signMethod: 'hmacsha1' });
      process.stdout.write(packet.topic + ' ' + password);`);
    expect(output).toBe('温度 fafd82a3d602b37fb0fa8b7892f24a477f851a14');
  });
});
