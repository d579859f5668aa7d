// Packets from the test suites of other implementations; test/vectors/README.md says whose.
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import {
  connack,
  connect,
  Decoder,
  decode,
  disconnect,
  encode,
  type Packet,
  pingreq,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type QoS,
  type SubackReturnCode,
  suback,
  subscribe,
  unsuback,
  unsubscribe,
} from '../../src/codec/codec.ts';
import { bytes, hex, pieces } from '../support/hex.ts';
import { decodeAll, errorOf, refusesToEncode } from '../support/refusal.ts';

vi.setConfig({ testTimeout: 60_000 });

interface ForeignPacket {
  type: string;
  protocolVersion?: number;
  clean: boolean;
  keepalive: number;
  clientId: string;
  username?: string;
  passwordHex?: string;
  will?: { topic: string; payloadHex: string; qos: QoS; retain: boolean };
  sessionPresent: boolean;
  returnCode: number;
  dup: boolean;
  qos: QoS;
  retain: boolean;
  topic: string;
  payloadHex: string;
  messageId: number;
  subscriptions: { topic: string; qos: QoS }[];
  granted: SubackReturnCode[];
  unsubscriptions: string[];
}

interface ForeignVector {
  name: string;
  direction: 'both' | 'decode' | 'encode';
  protocolVersion: number;
  hex?: string;
  packet?: ForeignPacket;
  reject?: boolean;
  normative?: string;
  reason?: string;
  incomplete?: boolean;
  trailingHex?: string;
  rawInput?: Record<string, unknown>;
  sourceAccepts?: ForeignPacket;
}

const suites = ['crossbar', 'emqtt', 'hivemq', 'mochi', 'ruby-mqtt', 'rumqtt', 'wolfmqtt'].map((suite) => {
  const file = `../vectors/${suite}.json`;
  return { file, vectors: JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as ForeignVector[] };
});

/**
 * Where we judge otherwise than a vector says: MQTT 3.1 (protocol name MQIsdp) is another protocol, and a library for
 * 3.1.1 alone refuses it [MQTT-3.1.2-1].
 */
const isOtherProtocol = ({ protocolVersion }: ForeignVector) => protocolVersion === 3;

const optional = (text: string | undefined) => (text === undefined ? undefined : bytes(text));

function toPacket(foreign: ForeignPacket): Packet {
  const { type, messageId: packetId } = foreign;
  switch (type) {
    case 'connect': {
      const { clientId, clean: cleanSession, keepalive: keepAlive, username, passwordHex, will } = foreign;
      return connect({
        clientId,
        cleanSession,
        keepAlive,
        username,
        password: optional(passwordHex),
        will: will && { topic: will.topic, payload: bytes(will.payloadHex), qos: will.qos, retain: will.retain },
      });
    }
    case 'connack':
      return connack(foreign);
    case 'publish': {
      const { topic, payloadHex, qos, retain, dup } = foreign;
      return publish({ topic, payload: bytes(payloadHex), qos, retain, dup, packetId: packetId ?? 0 });
    }
    case 'subscribe':
      return subscribe({
        packetId,
        subscriptions: foreign.subscriptions.map(({ topic, qos }) => ({ topicFilter: topic, qos })),
      });
    case 'suback':
      return suback({ packetId, returnCodes: foreign.granted });
    case 'unsubscribe':
      return unsubscribe({ packetId, topicFilters: foreign.unsubscriptions });
    case 'pingreq':
      return pingreq();
    case 'pingresp':
      return pingresp();
    case 'disconnect':
      return disconnect();
  }
  const build = { puback, pubrec, pubrel, pubcomp, unsuback }[type];
  if (build === undefined) throw new Error(`no such packet: ${type}`);
  return build(packetId);
}

/** 40 ways to cut into three pieces. */
function* cuts(source: Uint8Array): Generator<Uint8Array[]> {
  let random = 1;
  for (let i = 0; i < 40; i++) {
    random = (random * 48_271) % 0x7fff_ffff;
    const first = random % (source.length + 1);
    const second = first + ((random >> 9) % (source.length + 1 - first));
    yield [source.slice(0, first), source.slice(first, second), source.slice(second)];
  }
}

/** Each way the same bytes may arrive. */
const arrivals = (source: Uint8Array) => [[source], pieces(source, 1), ...cuts(source)];

/** The clause that we name for the mistake in a vector. Where the standard has no number, we name a section. */
function clauseFor({ normative = '', reason = '' }: ForeignVector): string | undefined {
  if (/truncated|trailing|length/.test(reason)) return '§2.2.3';
  if (/packet id 0/.test(reason)) return 'MQTT-2.3.1-1';
  if (/CONNACK code/.test(reason)) return '§3.2.2.3';
  if (/connack reserved flags/.test(reason)) return '§3.2.2.1';
  if (/type (0|15)/.test(reason)) return '§2.2.1';
  if (/flags .* for/.test(reason)) return 'MQTT-2.2.2-2';
  if (/requested qos/.test(reason)) return 'MQTT-3-8.3-4'; // as the standard prints it
  return normative.match(/MQTT-[\d.-]+\d/)?.[0];
}

describe.each(suites)('$file', ({ vectors }) => {
  const ours = vectors.filter((vector) => vector.hex !== undefined && !isOtherProtocol(vector));
  const legal = ours.filter(({ packet }) => packet !== undefined);
  const illegal = ours.filter(({ reject }) => reject);
  const incomplete = ours.filter((vector) => vector.incomplete);

  it.for(legal)('decodes and encodes: $name', ({ hex: text, packet }) => {
    const source = bytes(text!);
    const expected = toPacket(packet!);
    expect(decode(source)).toStrictEqual(expected);
    expect(hex(encode(expected))).toBe(hex(source));
    for (const chunks of arrivals(source)) {
      const packets = decodeAll(chunks);
      expect(packets).toHaveLength(1);
      expect(Buffer.compare(encode(packets[0]!), source)).toBe(0);
    }
  });

  it.for(illegal)('refuses: $name', (vector) => {
    const source = bytes(vector.hex!);
    expect(errorOf(() => decode(source)).clause).toBe(clauseFor(vector));
    for (const chunks of arrivals(source)) expect(errorOf(() => decodeAll(chunks)).clause).toBe(clauseFor(vector));
  });

  it.for(incomplete)('waits for the rest: $name', ({ hex: text }) => {
    const source = bytes(text!);
    expect(errorOf(() => decode(source)).clause).toBe('§2.2.3');
    for (const chunks of arrivals(source)) expect(decodeAll(chunks)).toStrictEqual([]);
  });

  it.for(vectors.filter(isOtherProtocol))('refuses MQTT 3.1: $name [MQTT-3.1.2-1]', ({ hex: text }) => {
    expect(errorOf(() => decode(bytes(text!))).clause).toBe('MQTT-3.1.2-1');
  });

  it.for(ours.filter(({ trailingHex }) => trailingHex))('judges what follows for itself: $name', (vector) => {
    const decoder = new Decoder();
    decoder.push(bytes(vector.hex! + vector.trailingHex));
    expect(decoder.read()).toStrictEqual(toPacket(vector.packet!));
    // de begins a PINGRESP with wrong flags, 6f a PUBREL
    expect(errorOf(() => decoder.read()).clause).toBe('MQTT-2.2.2-2');
  });

  it.for(ours.filter(({ sourceAccepts }) => sourceAccepts))('refuses to encode: $name', (vector) => {
    expect(errorOf(() => encode(toPacket(vector.sourceAccepts!))).clause).toBe(clauseFor(vector));
  });
});

describe('what ruby-mqtt refuses to write', () => {
  const payload = new Uint8Array(0);
  const inputs = suites.flatMap(({ vectors }) => vectors).filter(({ rawInput }) => rawInput !== undefined);

  it('is these nine', () => expect(inputs).toHaveLength(9));
  it('a PUBLISH without a topic', () => expect(() => encode(publish({ payload } as never))).toThrow(TypeError));
  it('a PUBLISH with an empty topic [MQTT-4.7.3-1]', () =>
    refusesToEncode(publish({ topic: '', payload }), 'MQTT-4.7.3-1'));
  it('a PUBLISH of more than 256 MiB [§2.2.3]', () =>
    refusesToEncode(publish({ topic: 'test', payload: new Uint8Array(268_435_455) }), '§2.2.3'));
  it('a negative keep alive [§3.1.2.10]', () =>
    refusesToEncode(connect({ clientId: 'test', keepAlive: -2 }), '§3.1.2.10'));
  it('a SUBSCRIBE without filters [MQTT-3.8.3-3]', () =>
    refusesToEncode(subscribe({ packetId: 1, subscriptions: [] }), 'MQTT-3.8.3-3'));
  it('a SUBACK without return codes [§3.9.3]', () =>
    refusesToEncode(suback({ packetId: 7, returnCodes: [] }), '§3.9.3'));
  it('an UNSUBSCRIBE without filters [MQTT-3.10.3-2]', () =>
    refusesToEncode(unsubscribe({ packetId: 1, topicFilters: [] }), 'MQTT-3.10.3-2'));

  // 3.1.1 dropped the limits of MQTT 3.1, 1 to 23 bytes: 3.1.3.1 allows both
  it.each(['', '0EB8D2FE7C254715B4467C5B2ECAD100'])('but the client id "%s" is legal in 3.1.1', (clientId) => {
    const packet = connect({ clientId });
    expect(decode(encode(packet))).toStrictEqual(packet);
  });
});
