// MQTT out of captures, however its bytes were cut on the way.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connack, connect, encode, pingreq, pingresp, publish, suback, subscribe } from '../../src/codec/codec.ts';
import { captureIn } from '../../src/explain/capture.ts';
import { prop } from '../support/arbitraries.ts';
import { concat, hex } from '../support/hex.ts';
import { captureFile, type Sent, type Wire, webSocketFrame } from '../support/pcap.ts';

const WIRE: Wire = { link: 'ethernet', version: 4, port: 1883, hasHandshake: true, isPcapng: false };
const client = [
  connect({ clientId: 'lamp' }),
  subscribe({ packetId: 1, subscriptions: [{ topicFilter: 'a', qos: 0 }] }),
];
const server = [connack(), suback({ packetId: 1, returnCodes: [0] })];
/** In turn, as they would pass. */
const TALK: Sent[] = [0, 1].flatMap((i) => [
  { isClient: true, bytes: encode(client[i]!) },
  { isClient: false, bytes: encode(server[i]!) },
]);
const ALL = TALK.map(({ isClient, bytes }) => `${isClient ? 'sent' : 'received'} ${hex(bytes)}`);

function read(file: Uint8Array): string[] {
  const { bytes, parts } = captureIn(file)!;
  return parts.map(({ start, end, origin }) => `${origin!.direction} ${hex(bytes.subarray(start, end))}`);
}

const ascii = (text: string) => new Uint8Array(Buffer.from(text));
const UPGRADE: Sent[] = [
  { isClient: true, bytes: ascii('GET /mqtt HTTP/1.1\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n') },
  { isClient: false, bytes: ascii('HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n') },
];
const framed = (sent: readonly Sent[]) =>
  sent.map(({ isClient, bytes }) => ({ isClient, bytes: webSocketFrame(bytes, isClient) }));

const wire = fc.record<Wire>({
  link: fc.constantFrom('ethernet', 'loopback', 'raw'),
  version: fc.constantFrom(4, 6),
  port: fc.constantFrom(1883, 8083),
  hasHandshake: fc.boolean(),
  isPcapng: fc.boolean(),
});

describe('a capture', () => {
  prop([wire])('has the packets of a connection in the order in which they passed', (how) => {
    expect(read(captureFile(how, TALK))).toEqual(ALL);
    expect(read(captureFile(how, [...UPGRADE, ...framed(TALK)]))).toEqual(ALL);
  });

  prop([wire, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), fc.integer()])(
    'has them when segments are cut anywhere, sent twice and come in any order',
    (how, sizes, seed) => {
      const stream = concat(...client.map(encode));
      const pieces: Sent[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % sizes.length]!;
        pieces.push({ isClient: true, bytes: stream.subarray(at, at + size + 3), offset: at }); // 3 bytes overlap
        at += size;
      }
      const [first, ...others] = pieces;
      const shuffled = others.sort((a, b) => Math.sin(a.offset! + seed) - Math.sin(b.offset! + seed));
      const file = captureFile({ ...how, port: 1883 }, [first!, ...shuffled, ...shuffled]);
      expect(read(file)).toEqual(client.map((packet) => `sent ${hex(encode(packet))}`));
      expect(captureIn(file)!.notes).toEqual([]);
    },
  );

  prop([fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 4 }), fc.integer({ min: 1, max: 5 })], {
    numRuns: 10,
  })('has packets in WebSocket frames of all lengths, and packets that are cut by frames', (sizes, cut) => {
    const packets = [client[0]!, ...sizes.map((size) => publish({ topic: 't', payload: new Uint8Array(size) }))];
    const stream = concat(...packets.map(encode));
    const frames = [stream.subarray(0, cut), stream.subarray(cut)].map((bytes) => ({ isClient: true, bytes }));
    const ping = { isClient: true, bytes: webSocketFrame(ascii('?'), true, 9) };
    const [first, ...rest] = framed(frames);
    const file = captureFile({ ...WIRE, port: 80 }, [...UPGRADE, first!, ping, ...rest]);
    expect(read(file)).toEqual(packets.map((packet) => `sent ${hex(encode(packet))}`));
  });

  it('begins anywhere when the port is that of MQTT', () => {
    const sent = { isClient: true, bytes: encode(pingreq()) };
    const answer = { isClient: false, bytes: encode(pingresp()) };
    expect(read(captureFile({ ...WIRE, hasHandshake: false }, [sent, answer]))).toEqual([
      'sent c0 00',
      'received d0 00',
    ]);
  });

  it('keeps reading the other direction when one is broken', () => {
    const bytes = concat(encode(client[0]!), Uint8Array.of(0xf0, 0xf0));
    const file = captureFile(WIRE, [{ isClient: true, bytes }, TALK[1]!, TALK[3]!]);
    expect(captureIn(file)!.parts.map(({ error }) => error?.clause)).toEqual([
      undefined,
      '§2.2.1',
      undefined,
      undefined,
    ]);
  });

  it('counts connections, also between the same two ports', () => {
    const one = captureFile({ ...WIRE, port: 8083 }, TALK);
    const other = captureFile({ ...WIRE, port: 8083 }, [{ ...TALK[0]!, bytes: encode(connect({ clientId: 'door' })) }]);
    const late = Buffer.from(other.subarray(24));
    late.writeUInt32BE(77, 16 + 14 + 20 + 4); // the sequence number of its SYN
    late.writeUInt32BE(78, 2 * (16 + 60) + 16 + 14 + 20 + 4);
    const { parts } = captureIn(concat(one, late))!;
    expect(parts.map(({ origin }) => origin!.connection)).toEqual([1, 1, 1, 1, 2]);
  });

  it('says what it lacks', () => {
    const late = { isClient: true, bytes: encode(pingreq()), offset: 900 };
    expect(captureIn(captureFile(WIRE, [TALK[0]!, late]))!.notes).toEqual([
      'connection 1, what the client sent: the capture lacks bytes, and all behind them is left out',
    ]);
    const text = { isClient: true, bytes: webSocketFrame(ascii('hello'), true, 1) };
    expect(captureIn(captureFile(WIRE, [...UPGRADE, text]))!.notes).toEqual([
      'connection 1, what the client sent: text frames, which MQTT forbids [MQTT-6.0.0-1]',
    ]);
    const compressed = { isClient: true, bytes: webSocketFrame(ascii('hello'), true, 0x42) };
    expect(captureIn(captureFile(WIRE, [...UPGRADE, compressed]))!.notes[0]).toMatch('frames are compressed');
  });

  it('is refused when there is no MQTT in it, and the message says why', () => {
    const http = captureFile({ ...WIRE, port: 80 }, [{ isClient: true, bytes: ascii('GET / HTTP/1.1\r\n\r\n') }]);
    expect(() => captureIn(http)).toThrow('this capture has 1 TCP connection, and no MQTT in it');
    const tls = captureFile({ ...WIRE, port: 443 }, [{ isClient: true, bytes: Uint8Array.of(0x16, 3, 1, 0, 0) }]);
    expect(() => captureIn(tls)).toThrow('TLS hides it');
    const zigbee = captureFile(WIRE, TALK);
    zigbee[20] = 195;
    expect(() => captureIn(zigbee)).toThrow('link type 195');
  });

  it('is read as far as it goes when it is cut off, and anything else is no capture', () => {
    const file = captureFile(WIRE, TALK);
    for (const isPcapng of [false, true]) {
      const whole = captureFile({ ...WIRE, isPcapng }, TALK);
      for (let size = 24; size < whole.length; size++) {
        let packets: string[] = [];
        try {
          packets = read(whole.subarray(0, size));
        } catch (error) {
          expect((error as Error).message).toMatch('no MQTT in it');
        }
        expect(packets.slice(0, -1)).toEqual(ALL.slice(0, Math.max(packets.length - 1, 0)));
      }
    }
    expect(captureIn(file.subarray(0, 20))).toBeUndefined();
    expect(captureIn(encode(client[0]!))).toBeUndefined();
  });
});

describe('a HAR file', () => {
  const har = (messages: object[]) =>
    ascii(JSON.stringify({ log: { entries: [{ request: {} }, { _webSocketMessages: messages }] } }));
  const message = ({ isClient, bytes }: Sent, time: number) => ({
    type: isClient ? 'send' : 'receive',
    time,
    opcode: 2,
    data: Buffer.from(bytes).toString('base64'),
  });

  it('has the packets of its WebSockets', () => expect(read(har(TALK.map(message)))).toEqual(ALL));

  it('has them in the order of time, when two connections interleave', () => {
    const entries = [0, 1].map((i) => ({
      _webSocketMessages: TALK.map((sent, time) => message(sent, 2 * time + i)),
    }));
    const { parts } = captureIn(ascii(JSON.stringify({ log: { entries } })))!;
    expect(parts.map(({ origin }) => origin!.connection)).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  });

  it('is refused without binary messages, and when it is not whole', () => {
    expect(() => captureIn(har([{ type: 'send', time: 1, opcode: 1, data: 'hello' }]))).toThrow('no binary messages');
    expect(() => captureIn(har(TALK.map(message)).subarray(0, 60))).toThrow('this HAR file is not whole');
  });
});
