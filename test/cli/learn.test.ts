// The exercises of `mqtt311 learn`: what they accept, what they refuse, and how the command line shows it.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { explainShown, NOT_WRITTEN, type Reason } from '../../src/cli/learn/check.ts';
import { exercises } from '../../src/cli/learn/exercises.ts';
import { type Report, runChecks } from '../../src/cli/learn/run.ts';
import { connect, Decoder, decode, encode, PacketType, publish, subscribe } from '../../src/codec/codec.ts';
import { matches } from '../../src/codec/topic.ts';
import { mqtt311 } from '../support/cli.ts';
import { runHere } from '../support/run.ts';

vi.setConfig({ testTimeout: 30_000 });

const LEARN = 'src/cli/learn';
const folder = mkdtempSync(join(tmpdir(), 'mqtt311-learn-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let folders = 0;
/** A folder with these files over all solutions. */
function solved(files: Readonly<Record<string, string>> = {}): string {
  const own = join(folder, `${folders++}`);
  cpSync(`${LEARN}/solutions`, own, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
  return own;
}

const textOf = (kind: string, number: number, ending = 'mjs') =>
  readFileSync(`${LEARN}/${kind}/${exercises[number - 1]!.name}.${ending}`, 'utf8');
const nameOf = (number: number) => `${exercises[number - 1]!.name}.mjs`;

/** Why checks of an exercise fail, by their names. */
async function failuresOf(number: number, answer: Readonly<Record<string, unknown>>): Promise<Map<string, Reason>> {
  const reports: Report[] = [];
  await runChecks(exercises[number - 1]!, answer, (report) => reports.push(report));
  expect(reports.filter(({ kind }) => kind === 'result').length).toBeGreaterThan(7);
  return new Map(
    reports.flatMap((report) =>
      report.kind === 'result' && report.reason !== undefined ? [[report.name, report.reason] as const] : [],
    ),
  );
}

const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(file).href);

/** Mistakes that are made: what to change in the solution, and what the reader is told. */
const MISTAKES: readonly (readonly [number: number, mistake: string, from: string, to: string, told: string])[] = [
  [
    1,
    'forgets the highest bit',
    'rest > 0 ? sevenBits + 128 : sevenBits',
    'sevenBits',
    'the result differs at byte 0: 00 (00000000) instead of 80 (10000000)',
  ],
  [
    1,
    'writes the most significant bits first',
    'bytes.push(',
    'bytes.unshift(',
    'the result differs at byte 0: 01 (00000001) instead of 80 (10000000)',
  ],
  [
    2,
    'reads a fifth byte',
    'i < 4',
    'i < 5',
    'it must throw an Error, because byte 3 is the fourth one, and says that another one follows; it returned undefined',
  ],
  [
    2,
    'returns an offset that begins at 0',
    'next: offset + i + 1',
    'next: i + 1',
    'the result is { length: 5, next: 1 }, and should be { length: 5, next: 2 }: look at next',
  ],
  [
    3,
    'counts characters',
    '[bytes.length >> 8, bytes.length & 0xff',
    '[text.length >> 8, text.length & 0xff',
    'the result differs at byte 1: 02 (00000010) instead of 03 (00000011)',
  ],
  [
    3,
    'takes what is not UTF-8',
    'fatal: true',
    'fatal: false',
    'it must throw an Error, because c2 begins a character of two bytes, and the string ends there [MQTT-1.5.3-1]; it returned',
  ],
  [
    4,
    'writes the keep alive with its less significant byte first',
    'keepAlive >> 8, keepAlive & 0xff',
    'keepAlive & 0xff, keepAlive >> 8',
    'the result differs at byte 10: 3c (00111100) instead of 00 (00000000)',
  ],
  [
    4,
    'takes an empty user name for none',
    'username !== undefined',
    'username',
    'the result differs at byte 1: 0d (00001101) instead of 0f (00001111)',
  ],
  [
    5,
    'looks at bit 0 alone',
    'if (flags > 1)',
    'if (false)',
    'it must throw an Error, because bit 1 of byte 2 is reserved; it returned',
  ],
  [
    6,
    'writes a packet identifier at QoS 0',
    'qos > 0 ? [',
    'qos >= 0 ? [',
    'the result differs at byte 1: 07 (00000111) instead of 05 (00000101)',
  ],
  [
    7,
    'leaves the lower four bits 0',
    '0x82',
    '0x80',
    'the result differs at byte 0: 80 (10000000) instead of 82 (10000010)',
  ],
  [
    8,
    'lets # match what begins with $',
    "topic.startsWith('$')",
    'false',
    "matches('#', '$SYS/uptime') is true, and should be false: a filter that begins with a wildcard does not match $ [MQTT-4.7.2-1]",
  ],
  [
    9,
    'forgets what is left over',
    'rest = all.slice(start)',
    'rest = new Uint8Array(0)',
    'packet 0 did not come out; 0 did',
  ],
  [
    9,
    'returns views of the chunk',
    'packets.push(all.slice',
    'packets.push((rest.length > 0 ? all.slice(start) : chunk.subarray(start)).subarray(0, end - start)); if (false) packets.push(all.slice',
    'the packet, after ff was written over the chunk, differs at byte 0: ff (11111111) instead of 30 (00110000)',
  ],
  [
    10,
    'asks only when nothing was sent',
    'Math.min(lastSent, lastReceived)',
    'lastSent',
    'a keep alive of 40 s, sent at 10 s, sent at 29 s: poll at 30 s is "wait", and should be \'ping\'',
  ],
  [
    11,
    'trusts DUP',
    '!taken.has(packetId)',
    '!(bytes[0] & 8)',
    'deliver was called 0 times after these packets, and should be 1',
  ],
  [
    12,
    'sends again without DUP',
    'entry.encode(entry.wasSent)',
    'entry.encode(false)',
    'PUBLISH number 2 differs at byte 0: 32 (00110010) instead of 3a (00111010)',
  ],
  [
    12,
    'begins with packet identifier 0',
    'const packetId = lastPacketId;',
    'const packetId = lastPacketId - 1;',
    'the broker closed the connection: packetId must be 1 to 65535, not 0 [MQTT-2.3.1-1]',
  ],
  [
    12,
    'keeps the decoder over a cut',
    'function open() {\n    const decoder = createDecoder();',
    'const decoder = createDecoder();\n  function open() {',
    'packetId 256, never sent [MQTT-2.3.1-6]',
  ],
];

describe.each(exercises)('exercise $number, $title', ({ number, name, title }) => {
  it('accepts its solution', async () => {
    expect(await failuresOf(number, await load(`${LEARN}/solutions/${name}.mjs`))).toEqual(new Map());
  });

  it('refuses its stub, and says that it is not written yet', async () => {
    const failures = await failuresOf(number, await load(`${LEARN}/stubs/${name}.mjs`));
    expect(new Set([...failures.values()].map(({ message }) => message))).toEqual(new Set([NOT_WRITTEN]));
  });

  it.each(MISTAKES.filter(([of]) => of === number))('tells (%d) a solution that %s', async (_, __, from, to, told) => {
    const solution = textOf('solutions', number);
    expect(solution).toContain(from);
    const own = solved({ [nameOf(number)]: solution.replace(from, to) });
    const [reason] = (await failuresOf(number, await load(join(own, nameOf(number))))).values();
    expect(reason?.message).toContain(told);
    for (const { bytes, ...shown } of reason!.shown)
      expect(explainShown({ ...shown, bytes }).at(-1)?.end ?? 0).toBe(bytes.length);
  });

  it('has a text with a title, a section of the standard, and a hint', () => {
    const [text, hint] = textOf('texts', number, 'md').split('\n## Hint\n');
    expect(text).toMatch(new RegExp(`^# ${number}\\. ${title}\\n`));
    expect(text).toMatch(/section \d/);
    expect(hint!.trim().length).toBeGreaterThan(100);
  });

  it('exports from stub and solution what the checks call', async () => {
    for (const kind of ['stubs', 'solutions'])
      expect(Object.keys(await load(`${LEARN}/${kind}/${name}.mjs`)).sort()).toEqual(
        [...exercises[number - 1]!.functions].sort(),
      );
  });
});

it('has a mistake for every exercise', () => {
  expect(new Set(MISTAKES.map(([number]) => number)).size).toBe(exercises.length);
});

it.each([
  [4, { encodeConnect: (options: Parameters<typeof connect>[0]) => encode(connect(options)) }],
  [5, { decodeConnack: decodeAs(PacketType.CONNACK) }],
  [
    6,
    {
      encodePublish: (packet: Parameters<typeof publish>[0]) => encode(publish(packet)),
      decodePublish: decodeAs(PacketType.PUBLISH),
    },
  ],
  [
    7,
    {
      encodeSubscribe: (packet: Parameters<typeof subscribe>[0]) => encode(subscribe(packet)),
      decodeSuback: decodeAs(PacketType.SUBACK),
    },
  ],
  [8, { matches }],
  [9, { createDecoder: () => packetsOf(new Decoder()) }],
])('exercise %d asks for what the library does', async (number, answer) => {
  expect(await failuresOf(number, answer)).toEqual(new Map());
});

function decodeAs(type: number) {
  return (bytes: Uint8Array) => {
    const packet = decode(bytes);
    if (packet.type !== type) throw new Error(`packet type ${packet.type}`);
    return packet;
  };
}

function packetsOf(decoder: Decoder) {
  return {
    push(chunk: Uint8Array): Uint8Array[] {
      decoder.push(chunk.slice());
      const packets: Uint8Array[] = [];
      for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) packets.push(encode(packet));
      return packets;
    },
  };
}

describe('mqtt311 learn', () => {
  it('lists the exercises, and how to begin', async () => {
    const { code, stdout, stderr } = await runHere(['learn', '--dir', join(folder, 'nowhere')]);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 12)).toEqual(
      exercises.map(({ number, title }) => `${String(number).padStart(2)}             ${title}`),
    );
    expect(stderr).toContain('begin with mqtt311 learn start my-mqtt');
  });

  it('writes a stub and a text for each, without the hint, and overwrites nothing', async () => {
    const own = join(folder, 'started');
    expect(await runHere(['learn', 'start', own])).toMatchObject({ code: 0, stderr: '' });
    const names = exercises.flatMap(({ name }) => [`${name}.md`, `${name}.mjs`]);
    expect(readdirSync(own).sort()).toEqual([...names, 'README.md'].sort());
    expect(readFileSync(join(own, '1-encode-length.mjs'), 'utf8')).toBe(textOf('stubs', 1));
    expect(readFileSync(join(own, '1-encode-length.md'), 'utf8')).not.toContain('Hint');
    expect(readFileSync(join(own, 'README.md'), 'utf8')).toContain('12. [A client that comes back](12-client.md)');
    writeFileSync(join(own, '1-encode-length.mjs'), 'mine');
    rmSync(join(own, '12-client.mjs'));
    const { stderr } = await runHere(['learn', 'start', own]);
    expect(stderr).toContain('kept as they are: README.md, 1-encode-length.mjs');
    expect(readFileSync(join(own, '1-encode-length.mjs'), 'utf8')).toBe('mine');
    expect(readdirSync(own)).toContain('12-client.mjs');
  });

  it('prints a hint and a solution', async () => {
    expect((await runHere(['learn', 'hint', '1'])).stdout).toMatch(/^`length % 128`/);
    expect((await runHere(['learn', 'solution', '12-client'])).stdout).toBe(textOf('solutions', 12));
  });

  it.each([
    [['fly'], 'learn what? start [DIR], check [N], hint N or solution N'],
    [['toString'], 'learn what?'],
    [['hint'], 'which exercise? 1 to 12'],
    [['check', '13'], 'which exercise? 1 to 12, not 13'],
    [['check', '1', '2'], 'learn what?'],
    [['check', '--limit', '0'], '--limit must be a number from 0.1 to 3600, not 0'],
  ])('refuses %j with exit code 2', async (args, told) => {
    const { code, stderr } = await runHere(['learn', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
  });

  it('says where it looked for a file that is not there', async () => {
    const { code, stderr } = await runHere(['learn', 'check', '1', '--dir', '/nowhere']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is no /nowhere/1-encode-length.mjs')]);
  });
});

describe.concurrent('mqtt311 learn, in a process of its own', () => {
  const check = (own: string, ...args: string[]) => mqtt311(['learn', 'check', ...args, '--dir', own]);

  it('shows the first failure as explained bytes, with the byte that differs', async () => {
    const wrong = textOf('solutions', 4).replace(
      'keepAlive >> 8, keepAlive & 0xff',
      'keepAlive & 0xff, keepAlive >> 8',
    );
    const { code, stdout, stderr } = await check(solved({ [nameOf(4)]: wrong }), '4');
    expect(code).toBe(1);
    expect(stdout).toContain('\n  fails  writes a client identifier alone\n');
    expect(stdout).toContain('\n  ok     writes an empty client identifier, and no keep alive\n');
    expect(stdout).toContain('\nexpected, 15 bytes\n');
    expect(stdout).toMatch(/^> 10 {2}00 3c +Keep Alive +60 s \[§3\.1\.2\.10\]$/m);
    expect(stdout).toContain('\nyours, 15 bytes\n');
    expect(stdout).toMatch(/^> 10 {2}3c 00 +Keep Alive +15360 s \[§3\.1\.2\.10\]$/m);
    expect(stderr).toContain('mqtt311 learn hint 4 helps');
  });

  it('goes from exercise to exercise, up to the one that is not written', async () => {
    const { code, stdout } = await check(solved({ [nameOf(3)]: textOf('stubs', 3) }));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^done {2}1\. .*\ndone {2}2\. .*\n3\. Write and read strings: 3-string\.mjs\n/);
    expect(stdout).toContain(NOT_WRITTEN);
  });

  it('lists what is done, begun and not begun', async () => {
    const own = join(solved(), 'some');
    cpSync(`${LEARN}/stubs`, own, { recursive: true });
    writeFileSync(join(own, nameOf(1)), textOf('solutions', 1));
    writeFileSync(join(own, nameOf(3)), 'export const text = 1;');
    const { stdout } = await mqtt311(['learn', '--dir', own]);
    const states = stdout.split('\n').map((line) => line.slice(4, 13).trim());
    expect(states.slice(0, 4)).toEqual(['done', '', 'begun', '']);
  });

  it.each([
    [
      'a loop without an end in a function',
      'export function encodeRemainingLength() { for (;;); }',
      'writes 0 as 00: no result in this check within 1 s: is there a loop without an end?',
    ],
    ['a loop without an end in the file', 'for (;;);', 'no result while the file was loaded within 1 s'],
    [
      'a mistake of syntax, with its line',
      'export function f() {\n  let x = ;\n}',
      "it threw SyntaxError: Unexpected token ';' (1-encode-length.mjs:2)",
    ],
    [
      'an error in a function, with its line',
      '\nexport const encodeRemainingLength = () => nothing();',
      'it threw ReferenceError: nothing is not defined (1-encode-length.mjs:2)',
    ],
    [
      'an error in a timer',
      'setTimeout(() => { throw new Error("late"); }); await new Promise((resolve) => setTimeout(resolve, 100_000));',
      'outside of any call, it threw Error: late',
    ],
    ['the end of its process', 'process.exit(0)', 'it ended the process'],
    ['a missing export', 'export const other = 1;', 'the file must export a function encodeRemainingLength'],
  ])('tells of %s', async (_, text, told) => {
    const { code, stdout } = await check(
      solved({ [nameOf(1)]: text }),
      '1',
      '--limit',
      text.includes('for (;;)') ? '1' : '20',
    );
    expect([code, stdout]).toEqual([1, expect.stringContaining(told)]);
  });
});
