import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { wrap } from '../../src/cli/drawing.ts';
import { connack, connect, encode, publish } from '../../src/codec/codec.ts';
import { hex } from '../support/hex.ts';
import { captureFile } from '../support/pcap.ts';
import { runHere } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-drawing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { columns } = process.stdout;
afterEach(() => {
  process.stdout.columns = columns;
});
const explained = async (width: number, ...args: string[]) => {
  process.stdout.columns = width;
  return (await runHere(['explain', ...args], { NO_COLOR: '1' })).stdout.trimEnd().split('\n');
};
const TOPIC = 'a/very/long/topic/'.repeat(12);
const PACKET = hex(encode(publish({ topic: TOPIC, payload: new Uint8Array(3) })));

describe('an explanation on a terminal', () => {
  it.each([80, 100, 132])('keeps within %i columns, and loses nothing', async (width) => {
    const lines = await explained(width, PACKET);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    const values = lines.map((line) => line.slice(width < 100 ? 48 : 60).trim());
    expect(values.join('')).toContain(`"${TOPIC}"`);
  });

  it('shows eight bytes a line where there is room, and four where not', async () => {
    expect((await explained(120, PACKET)).join('\n')).toContain('61 2f 76 65 72 79 2f 6c');
    expect((await explained(80, PACKET)).join('\n')).toContain('61 2f 76 65');
    expect((await explained(80, PACKET)).join('\n')).not.toContain('61 2f 76 65 72');
  });

  it('says why each field exists when it is asked, and not otherwise', async () => {
    const reason = 'TCP delivers a stream';
    expect((await explained(120, '--why', 'c0', '00')).join('\n')).toContain(reason);
    expect((await explained(120, 'c0', '00')).join('\n')).not.toContain(reason);
  });

  it('names the packets of a capture and their direction, and keeps a topic from sending commands', async () => {
    const wire = { link: 'ethernet', version: 4, port: 1883, hasHandshake: true, isPcapng: false } as const;
    const file = join(folder, 'a.pcap');
    const sent = [
      { isClient: true, bytes: encode(connect({ clientId: '\u001b[2J' })) },
      { isClient: false, bytes: encode(connack()) },
    ];
    writeFileSync(file, captureFile(wire, sent));
    const lines = await explained(80, '--file', file);
    const headings = lines.filter((_, i) => i === 0 || lines[i - 1] === '');
    expect(headings).toEqual(['sent CONNECT \\u001b[2J, keep alive 60 s', 'received CONNACK accepted']);
    const [first] = await explained(80, '--json', '--file', file);
    expect(JSON.parse(first!)).toMatchObject({ bytes: '10', direction: 'sent', connection: 1 });
    writeFileSync(file, captureFile({ ...wire, port: 80 }, [{ isClient: true, bytes: Buffer.from('GET /') }]));
    expect(await runHere(['explain', '--file', file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('and no MQTT in it'),
    });
  });
});

describe('a text that is wrapped', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['温度 室内', 4, ['温度', '室内']],
    ['温度室内', 5, ['温度', '室内']],
    ['', 5, []],
  ])('%j in %i columns is %j', (text, width, lines) => expect(wrap(text, width)).toEqual(lines));
});
