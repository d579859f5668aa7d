// The self-checking part that any engine with typed arrays must pass: codec, decoder, texts, signer, keep-alive, topics.
import { aliyun, type SignMethod, sign } from '../../src/aliyun/aliyun.ts';
import {
  Decoder,
  decode,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  PacketTooLargeError,
  ProtocolError,
  publish,
} from '../../src/codec/codec.ts';
import { checkTopic, checkTopicFilter, matches } from '../../src/codec/topic.ts';
import { createKeepAlive } from '../../src/connection/keep-alive.ts';
import { bytes, concat, hex, pieces } from '../support/hex.ts';
import { vectors } from '../support/packets.ts';
import signatures from '../vectors/aliyun.json' with { type: 'json' };
import { Chance, type Tally } from './tally.ts';

/** Packets of other implementations' tests, in hex, put in when the bundle is built. */
declare const FOREIGN: readonly string[];

export function checkCore(tally: Tally): void {
  checkVectors(tally);
  checkChunkings(tally);
  checkMutants(tally);
  checkForeign(tally);
  checkTexts(tally);
  checkErrors(tally);
  checkSigner(tally);
  checkKeepAlive(tally);
  checkTopics(tally);
}

/** Fields and values in their order, bytes as hex. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, field) => (field instanceof Uint8Array ? `bytes ${hex(field)}` : field));
}

/** What `act` returns, or the error that it throws: ours with its clause, or what the language has. */
function outcome(act: () => string): string {
  try {
    return act();
  } catch (error) {
    const { name, message } = error as Error;
    const isOurs = error instanceof ProtocolError || error instanceof PacketTooLargeError;
    return `${isOurs ? '' : 'foreign '}${name}: ${message}`;
  }
}

function checkVectors(tally: Tally): void {
  for (const { title, hex: text, packet } of vectors) {
    const source = bytes(text);
    tally.note(`${title}, encoded`, hex(encode(packet)), hex(source));
    tally.note(`${title}, its length`, encodedLength(packet), source.length);
    const target = new Uint8Array(source.length + 2);
    tally.note(`${title}, encoded into`, encodeInto(packet, target, 1), source.length + 1);
    tally.note(`${title}, in its place`, hex(target), hex(concat(bytes('00'), source, bytes('00'))));
    tally.note(`${title}, decoded`, show(decode(source)), show(packet));
    for (let end = 0; end < source.length; end++)
      tally.note(
        `${title}, cut at ${end}`,
        outcome(() => show(decode(source.subarray(0, end)))).slice(0, 15),
        'ProtocolError: ',
      );
  }
  const large = publish({ topic: 't', payload: new Uint8Array(2_097_152), qos: 1, packetId: 1 });
  for (const size of [122, 123, 16_378, 16_379, 2_097_146, 2_097_147]) {
    const packet = encode({ ...large, payload: large.payload.subarray(0, size) });
    const back = decode(packet) as typeof large;
    tally.note(`a payload of ${size}`, `${hex(packet.subarray(0, 9))} ${packet.length} ${back.payload.length}`);
  }
}

/** All packets of a stream that arrives as `chunks`, one a line. */
function decodeAll(chunks: readonly Uint8Array[], decoder = new Decoder()): string {
  const lines: string[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) lines.push(show(packet));
  }
  return lines.join('\n');
}

function checkChunkings(tally: Tally): void {
  let stream = new Uint8Array(0);
  for (const { hex: text } of vectors) stream = concat(stream, bytes(text)) as typeof stream;
  const expected = vectors.map(({ packet }) => show(packet)).join('\n');
  for (const size of [1, 2, 3, 5, 7, 11, 64, 65, stream.length])
    tally.note(`in pieces of ${size}`, decodeAll(pieces(stream, size)), expected);
  const chance = new Chance(1);
  for (let round = 0; round < 50; round++) {
    const chunks: Uint8Array[] = [];
    for (let start = 0; start < stream.length; ) {
      const end = start + chance.below(40);
      chunks.push(stream.subarray(start, end));
      start = end;
    }
    tally.note(`cut by chance, ${round}`, decodeAll(chunks), expected);
  }
}

function decoded(source: Uint8Array): string {
  return outcome(() => {
    const packet: Packet = decode(source);
    return `${show(packet)} ${hex(encode(packet)) === hex(source) ? 'is' : 'is not'} its encoding`;
  });
}

function checkMutants(tally: Tally): void {
  const chance = new Chance(2);
  for (const { title, hex: text } of vectors)
    for (let round = 0; round < 40; round++) {
      const source = bytes(text);
      const at = chance.below(source.length);
      source[at] = chance.below(256);
      const result = decoded(source);
      tally.note(`${title}, byte ${at} is ${source[at]}`, result);
      tally.note('an error is ours', /^foreign/.test(result), false);
    }
}

function checkForeign(tally: Tally): void {
  for (const text of FOREIGN) {
    const result = decoded(bytes(text));
    tally.note(text, result);
    tally.note('an error is ours', /^foreign/.test(result), false);
  }
}

/** The topic of a PUBLISH that carries these bytes as its topic, in code units: some are not well-formed text. */
function topicOf(source: Uint8Array): string {
  const { length } = source;
  const header = new Uint8Array([0x30, length + 2, 0, length]);
  return outcome(() => {
    const { topic } = decode(concat(header, source)) as { topic: string };
    return topic
      .split('')
      .map((unit) => unit.charCodeAt(0).toString(16))
      .join(' ');
  });
}

function checkTexts(tally: Tally): void {
  // every 127th code point, and those at which something turns
  const turns = [0x01, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0x10ffff];
  for (let code = 1; code < 0x110000; code += 127) turns.push(code);
  const payload = new Uint8Array(0);
  for (const code of turns) {
    const text =
      code < 0x10000 ? String.fromCharCode(code) : String.fromCharCode(0xd7c0 + (code >> 10), 0xdc00 | (code & 0x3ff));
    const packet = publish({ topic: `x${text}y`, payload });
    tally.note(
      `U+${code.toString(16)}`,
      outcome(() => hex(encode(packet))),
    );
    if ((code & 0xfff800) === 0xd800 || code === 0x23 || code === 0x2b) continue; // a lone surrogate, or a wildcard
    tally.note('it comes back', (decode(encode(packet)) as typeof packet).topic === packet.topic, true);
  }
  const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5];
  for (const first of [0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff])
    for (const second of edges)
      for (const third of [0x41, 0x80, 0xbf, 0xc2]) {
        const source = new Uint8Array([first, second, third, 0x80]);
        tally.note(hex(source), topicOf(source));
        tally.note(hex(source.subarray(0, 3)), topicOf(source.subarray(0, 3)));
      }
}

function checkErrors(tally: Tally): void {
  const payload = new Uint8Array(0);
  const illegal: [string, () => unknown][] = [
    ['a wildcard', () => encode(publish({ topic: 'a/+', payload }))],
    ['no topic', () => encode(publish({ topic: '', payload }))],
    ['half a surrogate pair', () => encode(publish({ topic: '\ud800', payload }))],
    ['U+0000', () => encode(publish({ topic: '\0', payload }))],
    ['no identifier', () => encode(publish({ topic: 't', payload, qos: 1 }))],
  ];
  for (const [title, act] of illegal) {
    try {
      act();
      tally.note(title, 'nothing was thrown', 'an error');
    } catch (error) {
      tally.note(title, `${error}`);
      tally.note(`${title}: instanceof`, error instanceof ProtocolError && error instanceof Error, true);
      tally.note(`${title}: its clause`, (error as ProtocolError).clause);
    }
  }
  tally.note(
    'no string',
    outcome(() => hex(encode(publish({ topic: 1 as never, payload })))),
  );
  tally.note(
    'no bytes',
    outcome(() => hex(encode(publish({ topic: 't', payload: 'text' as never })))),
  );
  tally.note(
    'no room',
    outcome(() => `${encodeInto(publish({ topic: 't', payload }), new Uint8Array(4))}`),
  );
  const decoder = new Decoder({ maxPacketSize: 10 });
  const read = () => outcome(() => decodeAll([bytes('30 09 00 01 74')], decoder));
  tally.note('too large', read(), 'PacketTooLargeError: a packet of 11 bytes exceeds maxPacketSize 10');
  tally.note('and so it stays', read(), 'PacketTooLargeError: a packet of 11 bytes exceeds maxPacketSize 10');
}

function checkSigner(tally: Tally): void {
  for (const vector of signatures.vectors) {
    const { id, productKey, deviceName, deviceSecret, clientId, signMethod } = vector;
    const timestamp = vector.timestamp ?? undefined;
    const options = { productKey, deviceName, deviceSecret, clientId, timestamp, signMethod: signMethod as SignMethod };
    const signed = sign(options);
    tally.note(id, show(signed));
    tally.note(`${id}: its password`, signed.password, vector.password);
  }
  const chance = new Chance(3);
  for (let length = 1; length < 200; length += 3) {
    let deviceSecret = '';
    for (let i = 0; i < length; i++)
      deviceSecret += String.fromCharCode(0x21 + chance.below(0x5e), 0x4e00 + chance.below(99));
    for (const signMethod of ['hmacmd5', 'hmacsha1', 'hmacsha256'] as const) {
      const device = { productKey: 'pk', deviceName: 'device', deviceSecret, timestamp: length, signMethod };
      tally.note(
        `a secret of ${length}`,
        outcome(() => show(aliyun({ ...device, region: 'cn-shanghai' }))),
      );
    }
  }
}

function checkKeepAlive(tally: Tally): void {
  const chance = new Chance(4);
  for (const period of [0, 1, 2, 30, 60, 300, 65_535]) {
    let now = 1_700_000_000_000;
    const keepAlive = createKeepAlive(period, now);
    for (let round = 0; round < 300; round++) {
      now += chance.below(period * 400 + 1_000) - (round % 50 === 49 ? 100_000 : 0); // now and then the clock is set back
      const act = chance.below(5);
      if (act === 0) keepAlive.sent(now);
      if (act === 1) keepAlive.received(now);
      if (act === 2 && chance.below(9) === 0) keepAlive.probe(now);
      const isDue = keepAlive.isDue(now);
      tally.note(`${period} s, ${now}`, `${act} ${isDue} ${keepAlive.poll(now)} ${keepAlive.deadline}`);
    }
  }
}

function checkTopics(tally: Tally): void {
  const topics = ['a', '/', 'a/b', '/a', 'a/', 'a//b', 'a/b/c', '$SYS', '$SYS/a', '温度/厨房', ' ', 'A', '#', 'a+', ''];
  const filters = [
    '#',
    '+',
    '+/+',
    '/+',
    'a/#',
    'a/+',
    '+/b/#',
    '$SYS/#',
    '+/a',
    '温度/+',
    'a/b',
    'a#',
    '#/a',
    'a+/b',
    '',
  ];
  for (const filter of filters) {
    tally.note(
      `filter ${filter}`,
      outcome(() => `${checkTopicFilter(filter)}`),
    );
    for (const topic of topics) tally.note(`${filter} ${topic}`, matches(filter, topic));
  }
  for (const topic of topics)
    tally.note(
      `topic ${topic}`,
      outcome(() => `${checkTopic(topic)}`),
    );
}
