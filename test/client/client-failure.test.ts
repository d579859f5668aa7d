// A real server that is wrong, and a real process for each case: it must fail in the right way, and then exit by itself.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../src/cli/gate/certificate.ts';
import { type Broker, startBroker } from '../support/broker.ts';
import { type HostileServer, startHostileServer } from '../support/hostile-server.ts';

interface Outcome {
  readonly name: string;
  readonly message: string;
  readonly reason?: string;
  readonly clause?: string;
  readonly code?: number;
  readonly returnCode?: number;
}

interface Run {
  readonly exitCode: number;
  readonly outcome: Outcome;
  readonly stderr: string;
  /** From what the program has to say until it is gone, in milliseconds. */
  readonly lingered: number;
}

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-'));
const bundle = join(folder, 'client.cjs');

/** Runs a program in a process of its own, with `connect` at hand; `say` prints the result. */
function run(body: string): Promise<Run> {
  const program = `
    const { connect } = require(${JSON.stringify(bundle)});
    const say = (error) => console.log(JSON.stringify({ at: Date.now(), outcome: { ...error, name: error.name, message: error.message } }));
    ${body}`;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', program], { timeout: 30_000 }, (error, stdout, stderr) => {
      const gone = Date.now();
      const exitCode = error === null ? 0 : Number(error.code);
      try {
        const { at, outcome } = JSON.parse(stdout);
        resolve({ exitCode, outcome, stderr, lingered: gone - at });
      } catch {
        reject(new Error(`it said '${stdout}' and ${stderr || error}`));
      }
    });
  });
}

const failing = (url: string, options = {}) =>
  run(`connect(${JSON.stringify(url)}, ${JSON.stringify({ connectTimeout: 10_000, ...options })}).catch(say);`);

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const secret = { username: 'user', password: 'hunter2' };
const lost = (reason: string, more = {}) => ({ name: 'ConnectionLostError', reason, ...more });
const broken = (clause: string) => ({ name: 'ProtocolError', clause });

/** What ends connect(), by path. */
const cases: Record<string, object> = {
  '/404': lost('unreachable', { message: expect.stringContaining('404') }),
  '/no-http': lost('unreachable'),
  '/other-subprotocol': broken('MQTT-6.0.0-4'),
  '/no-subprotocol': broken('MQTT-6.0.0-4'),
  '/refuses': { name: 'ConnectionRefusedError', returnCode: 4 },
  '/text': broken('MQTT-6.0.0-1'),
  '/garbage': broken('MQTT-3.2.0-1'),
  '/pingresp': broken('MQTT-3.2.0-1'),
  '/closes': lost('closed', { code: 1002 }),
  '/cuts': lost('closed'),
  '/bad-frame': lost('closed'),
};
const silences = ['/silence', '/no-answer'];

describe('connect() fails in its own way, and the process exits by itself', () => {
  let server: HostileServer;
  let stranger: Broker;
  const runs = new Map<string, Promise<Run>>();

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('../../src/index.node.ts', import.meta.url));
    await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: 'node', format: 'cjs' });
    server = await startHostileServer();
    stranger = await startBroker(await makeCertificates());
    const base = `ws://127.0.0.1:${server.port}`;
    for (const path of Object.keys(cases)) runs.set(path, failing(base + path, secret));
    for (const path of silences) runs.set(path, failing(base + path, { ...secret, connectTimeout: 300 }));
    runs.set('no ws URL', failing('http://127.0.0.1:1'));
    runs.set('no URL', failing('ws://127.0.0.1:99999999'));
    runs.set('nobody', failing(`ws://127.0.0.1:${await freePort()}`));
    runs.set('stranger', failing(stranger.url));
    runs.set('plain', failing(stranger.url.replace('wss:', 'ws:')));
    const accepts = `connect('${base}/accepts')`;
    runs.set('close', run(`${accepts}.then((client) => client.close()).then(() => say(new Error('closed')));`));
    runs.set(
      'lost',
      run(`connect('${base}/accepts-and-cuts', { reconnect: false }).then((client) => client.on('error', say));`),
    );
    runs.set('abort', run(`connect('${base}/silence', { signal: AbortSignal.timeout(200) }).catch(say);`));
    for (const promise of runs.values()) promise.catch(() => {}); // each test looks at its own
  });
  afterAll(async () => {
    await Promise.allSettled(runs.values());
    await Promise.all([server.close(), stranger.close()]);
    rmSync(folder, { recursive: true });
  });

  const ends = async (name: string, expected: object) => {
    const { exitCode, outcome, stderr, lingered } = await runs.get(name)!;
    expect(outcome).toMatchObject(expected);
    expect([exitCode, stderr]).toStrictEqual([0, '']); // no unhandled rejection either
    expect(lingered).toBeLessThan(5_000); // no handle is left open
    expect(JSON.stringify(outcome)).not.toContain(secret.password);
  };

  it.each(Object.entries(cases))('%s', ends, 40_000);
  it.each(silences)('%s: no CONNACK', (path) => ends(path, lost('connect-timeout')), 40_000);
  it('with a URL that is not ws or wss', () => ends('no ws URL', { name: 'TypeError' }), 40_000);
  it('with a URL that cannot be', () => ends('no URL', { name: 'TypeError' }), 40_000);
  it('where nobody listens', () => ends('nobody', lost('unreachable')), 40_000);
  it('at a certificate of nobody we know', () => ends('stranger', lost('unreachable')), 40_000);
  it('at a port that speaks TLS', () => ends('plain', lost('unreachable')), 40_000);
  it('so it does when the client is closed', () => ends('close', { message: 'closed' }), 40_000);
  it('so it does when the connection is lost and none is to follow', () => ends('lost', lost('closed')), 40_000);
  it('so it does when a signal gives up', () => ends('abort', { name: 'TimeoutError' }), 40_000);
});
