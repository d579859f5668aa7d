// The options that pub, sub and ping share, and what becomes of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { Client } from 'aedes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../src/cli/gate/certificate.ts';
import { type Broker, startBroker } from '../support/broker.ts';
import { runHere } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-options-'));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const NOWHERE = 'ws://127.0.0.1:1'; // nothing listens there

interface Visit {
  readonly request: IncomingMessage;
  /** Whose certificate the client has shown. */
  readonly shown: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const visits: Visit[] = [];
const lastVisit = () => visits.at(-1)!;
let broker: Broker;
let secure: Broker;
let ca = '';
let cert = '';
let key = '';

beforeAll(async () => {
  const certificates = await makeCertificates();
  ca = file('ca.pem', certificates.ca);
  cert = file('cert.pem', certificates.cert);
  key = file('key.pem', certificates.key);
  broker = await startBroker();
  secure = await startBroker({ ...certificates, ...{ requestCert: true, rejectUnauthorized: false } });
  for (const { aedes } of [broker, secure])
    aedes.authenticate = (client: Client & { req?: IncomingMessage }, username, password, done) => {
      const shown = (client.req!.socket as TLSSocket).getPeerCertificate?.().subject?.CN as string | undefined;
      visits.push({ request: client.req!, shown, username: username ?? undefined, password: password?.toString() });
      done(null, username !== 'nobody');
    };
});
afterAll(async () => {
  await broker.close();
  await secure.close();
  rmSync(folder, { recursive: true, force: true });
});

const pub = (options: string[], env?: Record<string, string>) => runHere(['pub', ...options, 't', 'm'], env);
/** What is told of a command line that is refused. */
async function refusal(...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await pub(options);
  expect([code, stdout]).toEqual([2, '']);
  return stderr;
}

describe('--header', () => {
  it('goes with the handshake, as often as it is given, and from a file', async () => {
    const secrets = file('headers', 'Authorization: Bearer x:y\r\n\nX-Two: 2\n');
    const headers = [
      '--header',
      'X-One: 1',
      '--header',
      `@${secrets}`,
      '--header',
      'Cookie:a=1',
      '--header',
      'cookie: b=2',
    ];
    expect(await pub(['--url', broker.url, ...headers])).toEqual({ code: 0, stdout: '', stderr: '' });
    const { headers: came } = lastVisit().request;
    expect([came['x-one'], came['x-two'], came.authorization]).toEqual(['1', '2', 'Bearer x:y']);
    expect(came.cookie).toBe('a=1; b=2');
  });

  it.each([
    ['hunter2', 'there is no colon behind a name'],
    [': hunter2', 'there is no colon behind a name'],
    ['a b: hunter2', 'Header name must be a valid HTTP token ["a b"]'],
    ['a: hunter2\u0007', 'Invalid character in header content ["a"]'],
    ['sec-websocket-key: hunter2', '--header must not be sec-websocket-key: the WebSocket handshake sets it'],
    ['Upgrade: hunter2', 'must not be Upgrade'],
    ['@/nowhere/at/all', 'ENOENT'],
  ])('is refused when it is %j, without a word of its value', async (header, words) => {
    const told = await refusal('--url', broker.url, '--header', header);
    expect(told).toContain(words);
    expect(told).not.toContain('hunter2');
  });
});

describe('--cert, --key and --insecure', () => {
  it('show who the client is', async () => {
    expect(await pub(['--url', secure.url, '--ca', ca, '--cert', cert, '--key', key])).toMatchObject({ code: 0 });
    expect(lastVisit().shown).toBe('localhost');
    await pub(['--url', secure.url, '--ca', ca]);
    expect(lastVisit().shown).toBe(undefined);
  });

  it('do not check the certificate of the server, and say so once', async () => {
    expect(await pub(['--url', secure.url])).toMatchObject({ code: 1, stderr: expect.stringMatching(/certificate/) });
    const { code, stderr } = await pub(['--url', secure.url, '--url', secure.url, '--insecure']);
    expect(code).toBe(0);
    expect(stderr).toBe("mqtt311: --insecure: the server's certificate is not checked; anybody may pass for it\n");
    expect(await pub(['--url', broker.url, '--insecure'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('are refused when they are half, no PEM, or no pair', async () => {
    const other = file('other.pem', (await makeCertificates()).key);
    const text = file('text', 'hello');
    const locked = file(
      'locked.pem',
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
    );
    const at = ['--url', secure.url];
    expect(await refusal(...at, '--cert', cert)).toContain('--cert needs a --key');
    expect(await refusal(...at, '--key', key)).toContain('--key needs a --cert');
    expect(await refusal(...at, '--cert', text, '--key', key)).toContain(
      `--cert: there is no certificate in PEM in ${text}`,
    );
    expect(await refusal(...at, '--cert', cert, '--key', text)).toContain(`--key: ${text} is no private key in PEM`);
    expect(await refusal(...at, '--cert', cert, '--key', locked)).toContain('is encrypted; openssl pkey');
    expect(await refusal(...at, '--cert', cert, '--key', other)).toContain('--key is not the key of the certificate');
    expect(await refusal(...at, '--ca', text)).toContain(`--ca: there is no certificate in PEM in ${text}`);
    expect(await refusal('--url', broker.url, '--cert', cert, '--key', key)).toContain('--cert is for wss://');
  });
});

describe('--will-topic and the others of the will', () => {
  it('let the broker publish when the client is lost', async () => {
    const published = new Promise((resolve) => {
      broker.aedes.subscribe(
        'gone',
        (packet, done) => {
          resolve([packet.topic, packet.payload.toString(), packet.qos, packet.retain]);
          done();
        },
        () => {},
      );
    });
    broker.aedes.once('clientReady', (client) => (client as unknown as { conn: { destroy(): void } }).conn.destroy());
    const will = ['--will-topic', 'gone', '--will-message', 'farewell', '--will-qos', '1', '--will-retain'];
    await pub(['--url', broker.url, '--qos', '1', ...will]);
    expect(await published).toEqual(['gone', 'farewell', 1, true]);
  });

  it.each([
    [['--will-message', 'm'], '--will-message needs a --will-topic'],
    [['--will-qos', '1'], '--will-qos needs a --will-topic'],
    [['--will-retain'], '--will-retain needs a --will-topic'],
    [['--will-topic', 'a/#'], 'MQTT-'],
    [['--will-topic', ''], 'MQTT-4.7.3-1'],
    [['--will-topic', 't', '--will-qos', '3'], '--will-qos must be 0, 1, 2, not 3'],
    [['--will-topic', 't', '--will-message', 'x'.repeat(65_536)], '65'],
  ])('are refused with exit code 2 when they are %j', async (will, words) =>
    expect(await refusal('--url', broker.url, ...will)).toContain(words),
  );
});

describe('--url', () => {
  it('is followed by the next one when it fails, until all were tried once', async () => {
    const { code, stderr } = await pub(['--url', `${NOWHERE}/?token=hunter2`, '--url', broker.url]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^mqtt311: ws:\/\/127\.0\.0\.1:1: .*; trying ws:\/\/127\.0\.0\.1:\d+\n$/);
    expect(stderr).not.toContain('hunter2');
    const failed = await pub(['--url', NOWHERE, '--url', 'ws://127.0.0.1:2']);
    expect(failed.code).toBe(1);
    expect(failed.stderr.split('\n')).toHaveLength(3);
  });

  it('is followed by the next one when its broker refuses', async () => {
    const refused = broker.url.replace('//', '//nobody@');
    const { code, stderr } = await pub(['--url', refused, '--url', broker.url]);
    expect([code, lastVisit().username]).toEqual([0, undefined]); // the second one does not get the name of the first
    expect(stderr).toContain('return code 5');
  });

  it('takes its turn when a connection is lost later', async () => {
    const other = await startBroker();
    const subscribed = new Promise<string>((resolve) => other.aedes.on('subscribe', (_, client) => resolve(client.id)));
    broker.aedes.once('subscribe', () => broker.cut());
    const urls = ['--url', broker.url, '--url', other.url];
    const running = runHere(['sub', ...urls, '-i', 'moved', 'a', '--count', '1', '--timeout', '20']);
    expect(await subscribed).toBe('moved');
    other.aedes.publish({ cmd: 'publish', topic: 'a', payload: 'here', qos: 0, retain: false, dup: false }, () => {});
    const { code, stdout, stderr } = await running;
    await other.close();
    expect([code, stdout]).toEqual([0, 'here\n']);
    expect(stderr).toContain('trying again\nmqtt311: connected again\n');
  });

  it('may have a user name and a password, which nothing shows', async () => {
    const url = broker.url.replace('//', '//al%40ice:hunter%2F2@');
    expect(await pub(['--url', url])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lastVisit()).toMatchObject({ username: 'al@ice', password: 'hunter/2' });
    const { code, stderr } = await pub([
      '--url',
      'ws://alice:hunter2@127.0.0.1:1',
      '--url',
      'ws://bob:hunter2@127.0.0.1:2',
    ]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/hunter2|alice|bob/);
  });

  it('with a user name alone takes the password from MQTT_PASSWORD', async () => {
    await pub(['--url', broker.url.replace('//', '//alice@')], { MQTT_PASSWORD: 'hunter2' });
    expect(lastVisit()).toMatchObject({ username: 'alice', password: 'hunter2' });
    await pub(['--url', broker.url], { MQTT_PASSWORD: 'hunter2' });
    expect(lastVisit()).toMatchObject({ username: undefined, password: undefined });
  });

  it.each([
    [['--url', 'http://hunter2'], '--url must begin with ws:// or wss://'],
    [['--url', 'ws://u:hunter2#x@h'], 'write @ as %40'],
    [['--url', 'ws://u:hunter2@h:port'], '--url must be ws://HOST[:PORT][/PATH]'],
    [['--url', 'ws://u:hunter2%zz@h'], 'percent-encoded UTF-8: write % as %25'],
    [['--url', 'ws://u:hunter2@h', '--username', 'v'], 'in the --url or in --username, not in both'],
    [['--url', 'ws://u:hunter2@h', '--password-stdin'], 'a password needs a --username'],
    [['--url', 'ws://h', '--url', 'hunter2'], '--url must begin with'],
    [['--url', 'ws://h', '--aliyun', '--product-key', 'k', '--device-name', 'd', '--host', 'h'], '--url or --aliyun'],
  ])('is refused when it is %j, without a word of it', async (options, words) => {
    const told = await refusal(...options);
    expect(told).toContain(words);
    expect(told).not.toContain('hunter2');
  });
});
