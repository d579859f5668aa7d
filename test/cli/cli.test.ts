import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Cli, mqtt311 } from '../support/cli.ts';
import { runHere } from '../support/run.ts';

vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const PUBLISH = '30 05 00 01 74 68 69';
/** On a terminal of 80 columns. */
const PUBLISH_LINES = `0  30          Control Packet type and flags  00110000: PUBLISH, type 3, DUP 0,
                                              QoS 0, RETAIN 0 [§3.3.1]
1  05          Remaining Length               5 [§2.2.3]
2  00 01       Topic Name length              1 [§1.5.3]
4  74          Topic Name                     "t" [§3.3.2.1]
5  68 69       Application Message            "hi" [§3.3.3]
`;

describe.concurrent('mqtt311', () => {
  it('helps on stdout, and says on stderr what it cannot do, with exit code 2', async () => {
    expect(await mqtt311(['--help'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('explain'),
    });
    expect(await mqtt311([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('which command?') });
    expect(await mqtt311(['fly'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('no command fly'),
    });
  });

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await mqtt311(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.for(['explain', 'pub', 'completion'])('says how to use %s', async (name) => {
    const { code, stdout, stderr } = await mqtt311([name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`mqtt311 ${name} `);
    expect(stdout).toContain('--help');
  });

  it('takes no password and no secret from the command line', async () => {
    const { code, stderr } = await mqtt311(['pub', '--url', 'ws://127.0.0.1:1', '--password', 'hunter2', 't', 'm']);
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown option '--password'");
    expect(stderr).not.toContain('hunter2');
    expect(await mqtt311(['sign', '--device-secret=hunter2'])).toMatchObject({ code: 2, stdout: '' });
    expect(await mqtt311(['sign', '--product-key', 'p', '--device-name', 'd'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('set DEVICE_SECRET'),
    });
  });
});

describe('mqtt311, in the process of the test', () => {
  it.for([
    [['explain', '3'], 'neither hex nor base64'],
    [['explain', '--format', 'octal', '00'], '--format must be auto, hex, base64, binary, not octal'],
    [['explain', '--file', '/nowhere/at/all'], 'ENOENT'],
    [['pub'], 'a topic and at most one message'],
    [['pub', 't', 'm'], 'where to? --url'],
    [['pub', 'a/+', 'm'], 'MQTT-3.3.2-2'],
    [['pub', '--qos', '3', 't', 'm'], '--qos must be 0, 1, 2, not 3'],
    [['pub', '--repeat', '1.5', 't', 'm'], '--repeat must be a whole number'],
    [['pub', '--url', 'ws://h', '--no-clean', 't', 'm'], '--no-clean needs a --client-id'],
    [['pub', '--url', 'ws://h', '--keep-alive', 'x', 't', 'm'], '--keep-alive must be a number'],
    [['sub', '--url', 'ws://h'], 'subscribe to what?'],
    [['sub', '--url', 'ws://h', 'a#'], 'MQTT-4.7.1-2'],
    [['ping', '--aliyun', '--product-key', 'p', '--device-name', 'd'], '--aliyun needs --region, --instance or --host'],
    [['completion', 'tcsh'], 'bash, zsh or fish'],
  ] as const)('refuses %s with exit code 2', async ([args, words]) => {
    const { code, stdout, stderr } = await runHere(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
  });
});

describe.concurrent('mqtt311 explain', () => {
  it('takes hex as arguments, however it is written', async () => {
    expect(await mqtt311(['explain', ...PUBLISH.split(' ')])).toEqual({ code: 0, stdout: PUBLISH_LINES, stderr: '' });
    expect((await mqtt311(['explain', '0x30,0x05, 00:01:74 6869'])).stdout).toBe(PUBLISH_LINES);
  });

  it('takes base64', async () => expect((await mqtt311(['explain', 'MAUAAXRoaQ=='])).stdout).toBe(PUBLISH_LINES));

  it('takes standard input and files, as text or as they are', async () => {
    const bytes = Buffer.from(PUBLISH.replaceAll(' ', ''), 'hex');
    expect((await mqtt311(['explain'], { stdin: `${PUBLISH}\n` })).stdout).toBe(PUBLISH_LINES);
    expect((await mqtt311(['explain'], { stdin: bytes })).stdout).toBe(PUBLISH_LINES);
    expect((await mqtt311(['explain', '--file', file('packet.bin', bytes)])).stdout).toBe(PUBLISH_LINES);
    expect((await mqtt311(['explain', '--file', file('packet.hex', PUBLISH)])).stdout).toBe(PUBLISH_LINES);
    expect((await mqtt311(['explain', '--format', 'binary'], { stdin: bytes })).stdout).toBe(PUBLISH_LINES);
  });

  it('sets the packets of a capture apart', async () => {
    const { stdout } = await mqtt311(['explain', 'c0 00 d0 00']);
    const firstLines = stdout.split('\n\n').map((part) => part.split('\n')[0]);
    expect(firstLines).toEqual([expect.stringContaining(' PINGREQ,'), expect.stringContaining(' PINGRESP,')]);
  });

  it('says where a broken packet breaks, with exit code 1', async () =>
    expect(await mqtt311(['explain', '40 02 00 00'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('[MQTT-2.3.1-1]\n'),
      stderr:
        'mqtt311: the packet breaks at byte 2: Packet Identifier 0: packetId must be 1 to 65535, not 0 [MQTT-2.3.1-1]\n',
    }));

  it('says how much of a packet is missing', async () =>
    expect(await mqtt311(['explain', '30 05 00 01 74'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('2 bytes must follow'),
    }));

  it('prints JSON lines', async () => {
    const { code, stdout } = await mqtt311(['explain', '--json', '40 02 00 00']);
    expect(code).toBe(1);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .at(-1),
    ).toEqual({
      start: 2,
      end: 4,
      bytes: '0000',
      field: 'Packet Identifier',
      value: '0: packetId must be 1 to 65535, not 0',
      section: 'MQTT-2.3.1-1',
      error: 'packetId must be 1 to 65535, not 0 [MQTT-2.3.1-1]',
    });
  });

  it('gives each kind of field its colour where colours are wanted, and nowhere else', async () => {
    const coloured = (await mqtt311(['explain', PUBLISH], { env: { FORCE_COLOR: '1' } })).stdout;
    for (const [bytes, colour] of Object.entries({ '30 ': 34, '05 ': 90, '00 01 ': 90, '74 ': 32, '68 69 ': 33 }))
      expect(coloured).toContain(`\u001b[${colour}m${bytes}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(PUBLISH_LINES);
    expect((await mqtt311(['explain', PUBLISH], { env: { NO_COLOR: '1' } })).stdout).toBe(PUBLISH_LINES);
  });

  it('says in one line that nobody reads on', async () => {
    const long = file(
      'long.bin',
      new Uint8Array(200_000).map((_, i) => (i % 2 === 0 ? 0xc0 : 0)),
    );
    const cli = new Cli(['explain', '--file', long]);
    cli.child.stdout.destroy();
    expect(await cli.ended).toMatchObject({ code: 1, stderr: 'mqtt311: standard output: write EPIPE\n' });
  });
});

describe.concurrent('mqtt311 sign', () => {
  const device = ['--product-key', 'pk', '--device-name', 'device', '--client-id', '12345', '--timestamp', '789'];
  const args = ['sign', ...device, '--sign-method', 'hmacsha1'];
  const signed = `client id  12345|securemode=2,signmethod=hmacsha1,timestamp=789|
user name  device&pk
password   fafd82a3d602b37fb0fa8b7892f24a477f851a14
`;

  it('signs with the secret from the environment', async () =>
    expect(await mqtt311(args, { env: { DEVICE_SECRET: 'secret' } })).toEqual({ code: 0, stdout: signed, stderr: '' }));

  it('signs with the secret from standard input', async () =>
    expect((await mqtt311(args, { stdin: 'secret\n' })).stdout).toBe(signed));

  it('prints a URL as soon as it knows where', async () => {
    const { stdout } = await mqtt311([...args, '--region', 'cn-shanghai'], { stdin: 'secret' });
    expect(stdout).toBe(`${signed}URL        wss://pk.iot-as-mqtt.cn-shanghai.aliyuncs.com:443\n`);
  });

  it('prints JSON, and signs for ws', async () => {
    const { stdout } = await mqtt311([...args, '--json', '--no-tls', '--instance', 'iot-1'], { stdin: 'secret' });
    expect(JSON.parse(stdout)).toEqual({
      clientId: '12345|securemode=3,signmethod=hmacsha1,timestamp=789|',
      username: 'device&pk',
      password: 'fafd82a3d602b37fb0fa8b7892f24a477f851a14',
      url: 'ws://iot-1.mqtt.iothub.aliyuncs.com:443',
    });
  });

  it('refuses what the platform would refuse, without a word about the secret', async () => {
    const { code, stderr } = await mqtt311([...args, '--client-id', 'a|b'], { env: { DEVICE_SECRET: 'hunter2' } });
    expect(code).toBe(2);
    expect(stderr).toContain('clientId must match');
    expect(stderr).not.toContain('hunter2');
  });
});

describe.concurrent('mqtt311 completion', () => {
  const bash = mqtt311(['completion', 'bash']).then(({ stdout }) => stdout);
  const complete = async (...words: string[]) => {
    const script = `${await bash}
      COMP_WORDS=(mqtt311 ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _mqtt311
      echo "\${COMPREPLY[@]}"`;
    return (await promisify(execFile)('bash', ['-c', script])).stdout.trim();
  };

  it('completes commands, options and choices in bash', async () => {
    expect(await complete('p')).toBe('pub ping');
    expect(await complete('pub', '--re')).toBe('--region --retain --repeat');
    expect(await complete('pub', '--no')).toBe('--no-clean --no-tls');
    expect(await complete('pub', '--qos', '')).toBe('0 1 2');
    expect(await complete('explain', '--file', 'tsconfig.c')).toBe('tsconfig.core.json');
    expect(await complete('completion', 'z')).toBe('zsh');
    expect(await complete('sub', '--will')).toBe('--will-topic --will-message --will-qos --will-retain');
    expect(await complete('ping', '--will-qos', '')).toBe('0 1 2');
    expect(await complete('pub', '--cert', 'tsconfig.c')).toBe('tsconfig.core.json');
    expect(await complete('gate', '--ca', 't')).toBe('test tools');
    expect(await complete('pub', '--insec')).toBe('--insecure');
    expect(await complete('pub', '--head')).toBe('--header');
  });

  it.for(['zsh', 'fish'])('writes a script for %s that has every command', async (shell) => {
    const { code, stdout } = await mqtt311(['completion', shell]);
    expect(code).toBe(0);
    for (const name of ['explain', 'sign', 'pub', 'sub', 'ping', 'gate', 'completion']) expect(stdout).toContain(name);
  });
});

describe('mqtt311, installed without anything else', () => {
  const installed = join(folder, 'node_modules', 'mqtt311');
  beforeAll(() => {
    cpSync('package.json', join(installed, 'package.json'));
    cpSync('dist', join(installed, 'dist'), { recursive: true });
  });

  it.each([
    [['gate'], 'npm install selfsigned@5 ws@8; or npx -p mqtt311'],
    [['broker'], 'npm install ws@8; or npx -p mqtt311 -p ws@8 mqtt311 broker\n'],
    [
      ['broker', '--tls'],
      'npm install ws@8 selfsigned@5; or npx -p mqtt311 -p ws@8 -p selfsigned@5 mqtt311 broker --tls\n',
    ],
  ])('says what to install for %s', async (args, words) => {
    const { code, stderr } = await new Cli(args, {}, join(installed, 'dist', 'cli', 'main.js')).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });
});
