// Wireshark's dissector reads 10,000 random packets of ours and finds the same fields. Needs Debian's tshark.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { connect, encode, type Packet, PacketType } from '../../src/codec/codec.ts';
import { captureIn } from '../../src/explain/capture.ts';
import { packet } from '../support/arbitraries.ts';
import { hex } from '../support/hex.ts';
import { vectors } from '../support/packets.ts';
import { captureFile, type Wire, webSocketFrame } from '../support/pcap.ts';

const COUNT = 10_000;
const SEED = 311;

/** Each field as `name: bytes` or `name: number`, in the order on the wire. */
type Fields = string[];

const utf8 = (text: string) => Buffer.from(text).toString('hex');
const raw = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
// nothing is shown of a field without bytes
const bytesOf = (name: string, content: string) => (content === '' ? [] : [`${name}: ${content}`]);
const bit = (name: string, value: boolean) => `${name}: ${Number(value)}`;

/** Our packet in the dissector's words. */
function inTheirWords(ours: Packet): Fields {
  const fields = [`msgtype: ${ours.type}`];
  switch (ours.type) {
    case PacketType.CONNECT: {
      const { username, password, will } = ours;
      return [
        ...fields,
        `protoname: ${utf8('MQTT')}`,
        'ver: 4',
        bit('conflag.uname', username !== undefined),
        bit('conflag.passwd', password !== undefined),
        bit('conflag.retain', will?.retain ?? false),
        `conflag.qos: ${will?.qos ?? 0}`,
        bit('conflag.willflag', will !== undefined),
        bit('conflag.cleansess', ours.cleanSession),
        bit('conflag.reserved', false),
        `kalive: ${ours.keepAlive}`,
        ...bytesOf('clientid', utf8(ours.clientId)),
        ...(will ? [...bytesOf('willtopic', utf8(will.topic)), ...bytesOf('willmsg', raw(will.payload))] : []),
        ...bytesOf('username', utf8(username ?? '')),
        ...bytesOf('passwd', raw(password ?? new Uint8Array(0))),
      ];
    }
    case PacketType.CONNACK:
      return [...fields, bit('conack.flags.sp', ours.sessionPresent), `conack.val: ${ours.returnCode}`];
    case PacketType.PUBLISH:
      return [
        ...fields,
        bit('dupflag', ours.dup),
        `qos: ${ours.qos}`,
        bit('retain', ours.retain),
        ...bytesOf('topic', utf8(ours.topic)),
        ...(ours.qos > 0 ? [`msgid: ${ours.packetId}`] : []),
        ...bytesOf('msg', raw(ours.payload)),
      ];
    case PacketType.SUBSCRIBE:
      return [
        ...fields,
        `msgid: ${ours.packetId}`,
        ...ours.subscriptions.flatMap(({ topicFilter, qos }) => [`topic: ${utf8(topicFilter)}`, `sub.qos: ${qos}`]),
      ];
    case PacketType.SUBACK:
      return [...fields, `msgid: ${ours.packetId}`, ...ours.returnCodes.map((code) => `suback.qos: ${code}`)];
    case PacketType.UNSUBSCRIBE:
      return [...fields, `msgid: ${ours.packetId}`, ...ours.topicFilters.map((filter) => `topic: ${utf8(filter)}`)];
    case PacketType.PINGREQ:
    case PacketType.PINGRESP:
    case PacketType.DISCONNECT:
      return fields;
    default:
      return [...fields, `msgid: ${ours.packetId}`];
  }
}

const BYTES = ['protoname', 'clientid', 'willtopic', 'willmsg', 'username', 'passwd', 'topic', 'msg'];
const NUMBERS = [
  'msgtype',
  'dupflag',
  'qos',
  'retain',
  'ver',
  'kalive',
  'msgid',
  'conack.val',
  'conack.flags.sp',
  'sub.qos',
  'suback.qos',
];

type Raw = [hex: string, position: number, length: number, mask: number, type: number];

/** What the dissector saw, from the raw bytes of its fields: their text is escaped for people. */
function theirs(layer: Record<string, unknown>): Fields {
  const found: { position: number; mask: number; field: string }[] = [];
  const visit = (node: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(node)) {
      if (key.endsWith('_raw')) {
        const name = key.slice('mqtt.'.length, -'_raw'.length);
        const all = (Array.isArray((value as unknown[])[0]) ? value : [value]) as Raw[];
        for (const [content, position, , mask] of all) {
          if (BYTES.includes(name)) found.push({ position, mask, field: `${name}: ${content}` });
          else if (NUMBERS.includes(name) || name.startsWith('conflag.'))
            found.push({ position, mask, field: `${name}: ${Number.parseInt(content, 16)}` });
        }
      } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        visit(value as Record<string, unknown>);
      }
    }
  };
  visit(layer);
  // bits of one byte: the highest first
  return found.sort((a, b) => a.position - b.position || b.mask - a.mask).map(({ field }) => field);
}

function dissect(packets: readonly Packet[]): Fields[] {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt311-'));
  try {
    const text = join(folder, 'packets.txt');
    const capture = join(folder, 'packets.pcap');
    writeFileSync(text, packets.map((ours) => `0000 ${hex(encode(ours))}\n`).join(''));
    execFileSync('text2pcap', ['-q', '-T', '50000,1883', text, capture], { stdio: 'pipe' });
    const options = [
      '-d',
      'tcp.port==1883,mqtt',
      '-o',
      'mqtt.default_version:MQTT v3.1.1',
      '-o',
      'mqtt.show_msg_as_text:FALSE',
    ];
    const json = execFileSync(
      'tshark',
      ['-r', capture, ...options, '-T', 'json', '-x', '-J', 'mqtt', '--no-duplicate-keys'],
      { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 30 },
    );
    const frames = JSON.parse(json.toString()) as { _source: { layers: { mqtt: Record<string, unknown> } } }[];
    return frames.map(({ _source }) => theirs(_source.layers.mqtt));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('tshark reads every packet of our table as we wrote it', () => {
  const packets = vectors.map(({ packet: ours }) => ours);
  expect(dissect(packets)).toStrictEqual(packets.map(inTheirWords));
});

it(`tshark reads ${COUNT} random packets of all 14 types as we wrote them`, { timeout: 300_000 }, () => {
  const packets = fc.sample(packet, { numRuns: COUNT, seed: SEED });
  expect(new Set(packets.map(({ type }) => type)).size).toBe(14);
  for (let start = 0; start < COUNT; start += 1000) {
    const some = packets.slice(start, start + 1000);
    const read = dissect(some);
    expect(read).toHaveLength(some.length);
    some.forEach((ours, i) => {
      expect(read[i], hex(encode(ours)).slice(0, 1000)).toStrictEqual(inTheirWords(ours));
    });
  }
});

it('finds in a capture, cut anywhere and over WebSocket too, the packets that tshark finds', () => {
  const packets = fc.sample(packet, { numRuns: 50, seed: SEED });
  const isClient = true;
  const first = encode(connect({ clientId: 'lamp' }));
  const stream = Buffer.concat([first, ...packets.map(encode)]);
  const wire: Wire = { link: 'ethernet', version: 4, port: 1883, hasHandshake: true, isPcapng: false };
  const upgrade = 'HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n';
  const framed = [
    { isClient, bytes: Buffer.from(`GET /mqtt ${upgrade}`) },
    { isClient: false, bytes: Buffer.from(upgrade.replace('HTTP/1.1', 'HTTP/1.1 101 Switching Protocols')) },
    { isClient, bytes: webSocketFrame(first, isClient) },
    ...packets.map((ours) => ({ isClient, bytes: webSocketFrame(encode(ours), isClient) })),
  ];
  const read = (file: Uint8Array) => {
    const { parts, bytes } = captureIn(file)!;
    return parts.map(({ start, end }) => bytes.subarray(start, end));
  };
  const overTcp = [
    captureFile(wire, [{ isClient, bytes: stream }]),
    captureFile({ ...wire, link: 'raw', version: 6, isPcapng: true }, [{ isClient, bytes: stream }]),
  ];
  for (const file of overTcp)
    expect(fieldsIn(file, 'mqtt.msgtype')).toEqual(read(file).map((bytes) => `${bytes[0]! >> 4}`));
  const file = captureFile({ ...wire, link: 'loopback', port: 8083 }, framed);
  expect(fieldsIn(file, 'data.data', '-d', 'tcp.port==8083,http')).toEqual(read(file).map(raw));
});

/** What the dissector prints of one field. */
function fieldsIn(file: Uint8Array, field: string, ...options: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt311-'));
  try {
    const capture = join(folder, 'capture');
    writeFileSync(capture, file);
    return execFileSync('tshark', ['-r', capture, ...options, '-T', 'fields', '-e', field], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
      .toString()
      .split(/[\s,]+/)
      .filter((value) => value !== '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
