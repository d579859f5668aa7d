// What the help shows as examples works.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { helpOf } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { type Gate, startGate } from '../../src/cli/gate/gate.ts';
import { type Broker, startBroker } from '../support/broker.ts';
import { Cli } from '../support/cli.ts';
import { runHere } from '../support/run.ts';

vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-help-'));
const root = resolve('.');
const device = { productKey: 'a1b2c3', deviceName: 'lamp', deviceSecret: 'secret' };
let broker: Broker;
let gate: Gate;
let talking: NodeJS.Timeout;

beforeAll(async () => {
  broker = await startBroker();
  gate = await startGate({ devices: [device] });
  writeFileSync(join(folder, 'ca.pem'), gate.ca);
  writeFileSync(join(folder, 'devices.json'), JSON.stringify([device]));
  writeFileSync(join(folder, 'capture.bin'), Uint8Array.of(0xc0, 0));
  talking = setInterval(() => {
    for (const topic of ['lamp/state', 'room/1/temperature'])
      broker.aedes.publish({ cmd: 'publish', topic, payload: 'on', qos: 0, retain: false, dup: false }, () => {});
  }, 5);
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(root);
  clearInterval(talking);
  await gate.close();
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Line {
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  /** It reads what another program writes. */
  readonly isPiped: boolean;
}

/** The call of mqtt311 in a line for a shell: what is assigned before it, and its words. */
function parsed(line: string): Line {
  const [, before = '', call = ''] = /^(.*?)\bmqtt311 ([^|)>]*)/.exec(line)!;
  const env = Object.fromEntries([...before.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]));
  const args = [...call.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
  return { args, env, isPiped: before.includes('|') };
}

/** The broker and the platform are here, and nothing takes its time. */
function brought([name, ...args]: readonly string[]): string[] {
  const here = args.flatMap((arg, i) => {
    if (arg.startsWith('ws://')) return [broker.url];
    if (arg === '--region' && name === 'ping') return ['--host', `127.0.0.1:${gate.wssPort}`, '--ca', 'ca.pem'];
    return args[i - 1] === '--region' && name === 'ping' ? [] : [arg];
  });
  const hurry = { ping: ['--interval', '0', '--count', '2'], sub: ['--timeout', '1'] }[name!] ?? [];
  return [name!, ...here, ...hurry];
}

const LINES = commands.flatMap(({ name, examples }) => examples.map((line) => ({ name, line, ...parsed(line) })));
/** Commands that run until they are interrupted, and what they print then. */
const SERVERS: Record<string, string> = { gate: 'Ctrl-C', broker: '://127.0.0.1:' };
const isOurs = ({ name, isPiped }: (typeof LINES)[number]) => !isPiped && !(name in SERVERS);

describe('the help of a command', () => {
  it.each(commands)('of $name ends with two or three examples', (command) => {
    const { length } = command.examples;
    expect([2, 3]).toContain(length);
    const ending = helpOf(command)
      .split('\n')
      .slice(-length - 1);
    expect(ending).toEqual(['Examples', ...command.examples.map((line) => `  ${line}`)]);
    for (const line of command.examples) expect(parsed(line).args[0]).toBe(command.name);
  });

  it.each(LINES.filter(isOurs))('shows an example that runs: $line', async ({ args, env }) => {
    const { code, stderr } = await runHere(brought(args), env);
    expect([code, stderr.includes('--help')], stderr).toEqual([0, false]);
  });

  it.each(LINES.filter(({ isPiped }) => isPiped))(
    'shows an example that reads a pipe: $line',
    async ({ name, args }) => {
      const stdin = { explain: 'c000\n', sign: 'secret', pub: '1\n2\n' }[name]!;
      expect(await new Cli(brought(args), { stdin }).ended).toMatchObject({ code: 0 });
    },
  );

  it.each(LINES.filter(({ name }) => name in SERVERS))('shows a server that starts: $line', async ({ name, args }) => {
    const anyPort = args.map((arg, i) => (args[i - 1]?.endsWith('port') ? '0' : arg));
    const cli = new Cli(anyPort);
    onTestFinished(() => void cli.child.kill());
    await cli.says('stdout', SERVERS[name]!);
    cli.child.kill('SIGTERM');
    expect(await cli.ended).toMatchObject({ code: 0 });
  });
});
