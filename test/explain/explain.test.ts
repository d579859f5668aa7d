import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Decoder, encode, type Packet, ProtocolError, publish } from '../../src/codec/codec.ts';
import { type Annotation, explain } from '../../src/explain/explain.ts';
import { thrown } from '../../tools/statements.ts';
import { packet, prop } from '../support/arbitraries.ts';
import { bytes, concat, hex } from '../support/hex.ts';
import { vectors } from '../support/packets.ts';
import { same } from '../support/same.ts';
import { cases, corpus } from '../torture/fuzz/fuzz.ts';

vi.setConfig({ testTimeout: 60_000 });

const TYPE = 'Control Packet type and flags';
const clip = (source: Uint8Array, { start, end }: Annotation) => hex(source.subarray(start, end));

/** An explanation as lines of text: bytes, field, value, section. */
function lines(text: string): string[] {
  const source = bytes(text);
  return explain(source).map((entry) => `${clip(source, entry)} | ${entry.field} | ${entry.value} | ${entry.section}`);
}

/** The entry where the packet breaks, as the same kind of line. */
function breakOf(text: string): string | undefined {
  return lines(text)[explain(bytes(text)).findIndex(({ error }) => error !== undefined)];
}

/** What a decoder makes of a stream that ends there: how many packets, and what is wrong behind them. */
function verdictOf(source: Uint8Array): { count: number; clause: string | undefined } {
  const decoder = new Decoder();
  decoder.push(source);
  let count = 0;
  try {
    while (decoder.read() !== undefined) count++;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { count, clause: error.clause };
  }
  return { count, clause: decoder.bufferedBytes > 0 ? '§2.2.3' : undefined };
}

const VISIBLE = /^[\x20-\x7e\xa0-\uffff]+$/; // nothing that moves a cursor

/** Entries lie side by side from the first byte to the last, and say what a decoder says. */
function agrees(source: Uint8Array): void {
  const entries = explain(source);
  const isBeside = ({ start, end, field, value }: Annotation, i: number) =>
    start === (i === 0 ? 0 : entries[i - 1]!.end) && end > start && field !== '' && VISIBLE.test(value);
  const { count, clause } = verdictOf(source);
  const broken = entries.filter(({ error }) => error !== undefined);
  const behind = broken[0] === undefined ? [] : entries.slice(entries.indexOf(broken[0]) + 1);
  same(
    {
      misplaced: entries.filter((entry, i) => !isBeside(entry, i)),
      end: entries.at(-1)?.end ?? 0,
      broken: broken.map(({ error, section }) => [error!.clause, section]),
      packets: entries.filter(({ field }) => field === TYPE).length,
      behind: behind.map(({ field }) => field),
    },
    {
      misplaced: [],
      end: source.length,
      broken: clause === undefined ? [] : [[clause, clause]],
      packets: clause === undefined ? count : count + 1,
      behind: behind.length === 0 ? [] : ['not read'],
    },
  );
}

describe('an explanation', () => {
  prop([fc.uint8Array({ maxLength: 60 })], { numRuns: 2000 })('covers any bytes and agrees with the decoder', agrees);

  prop([fc.array(packet, { maxLength: 4 })], { numRuns: 500 })(
    'covers legal packets in a row, none of which breaks',
    (packets: Packet[]) => {
      const source = concat(...packets.map(encode));
      agrees(source);
      expect(explain(source).every(({ error }) => error === undefined)).toBe(true);
    },
  );

  it('covers five thousand mutated packets and agrees with the decoder', () => {
    const mutated = cases(311);
    for (let i = 0; i < 5_000; i++) agrees(mutated.next().value.source);
  });

  it('agrees with the decoder on all vectors, and on all their beginnings', () => {
    for (const source of corpus) for (let end = 0; end <= source.length; end++) agrees(source.subarray(0, end));
  });

  it('agrees with the decoder on the long vectors of the other suites', () => {
    const suites = ['crossbar', 'emqtt', 'hivemq', 'mochi', 'ruby-mqtt', 'rumqtt', 'wolfmqtt'];
    for (const suite of suites) {
      const path = new URL(`../vectors/${suite}.json`, import.meta.url);
      const all: { hex?: string }[] = JSON.parse(readFileSync(path, 'utf8'));
      for (const { hex: text = '' } of all) agrees(bytes(text));
    }
  });

  it('of nothing is nothing', () => expect(explain(new Uint8Array(0))).toEqual([]));

  it('leaves the bytes as they are, and takes nothing but bytes', () => {
    for (const vector of vectors) {
      const source = bytes(vector.hex);
      explain(source);
      expect(hex(source)).toBe(hex(bytes(vector.hex)));
    }
    expect(() => explain('30 00' as never)).toThrow(TypeError);
  });

  it('reads a view from its own beginning', () => {
    const whole = bytes('ff ff c0 00');
    expect(explain(whole.subarray(2)).map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('grows with the number of filters, and no faster', () => {
    const subscriptions = Array.from({ length: 20_000 }, () => '00 01 74 00').join('');
    const entries = explain(bytes(`82 82 f1 04 00 01 ${subscriptions}`));
    expect(entries).toHaveLength(3 + 3 * 20_000);
    expect(entries.at(-1)!.error).toBeUndefined();
  });
});

describe('of a legal packet, the explanation', () => {
  it('names every field of a CONNECT, in its order, and every Connect Flag', () =>
    expect(
      lines('10 1d  00 04 4d 51 54 54 04 f6 01 2c  00 02 69 64  00 02 77 74  00 02 77 6d  00 01 75  00 02 70 77'),
    ).toEqual([
      `10 | ${TYPE} | 00010000: CONNECT, type 1, flags 0000 | §3.1.1`,
      '1d | Remaining Length | 29 | §2.2.3',
      '00 04 | Protocol Name length | 4 | §1.5.3',
      '4d 51 54 54 | Protocol Name | "MQTT" | §3.1.2.1',
      '04 | Protocol Level | 4, that is 3.1.1 | §3.1.2.2',
      'f6 | Connect Flags | 11110110: User Name Flag 1, Password Flag 1, Will Retain 1, Will QoS 2, Will Flag 1, Clean Session 1, reserved 0 | §3.1.2.3',
      '01 2c | Keep Alive | 300 s | §3.1.2.10',
      '00 02 | Client Identifier length | 2 | §1.5.3',
      '69 64 | Client Identifier | "id" | §3.1.3.1',
      '00 02 | Will Topic length | 2 | §1.5.3',
      '77 74 | Will Topic | "wt" | §3.1.3.2',
      '00 02 | Will Message length | 2 | §3.1.3.3',
      '77 6d | Will Message | "wm" | §3.1.3.3',
      '00 01 | User Name length | 1 | §1.5.3',
      '75 | User Name | "u" | §3.1.3.4',
      '00 02 | Password length | 2 | §3.1.3.5',
      '70 77 | Password | "pw" | §3.1.3.5',
    ]));

  it('names the flags of a PUBLISH, and shows a message as text or as bytes', () => {
    expect(lines('3b 06  00 01 74  12 34  ff')).toEqual([
      `3b | ${TYPE} | 00111011: PUBLISH, type 3, DUP 1, QoS 1, RETAIN 1 | §3.3.1`,
      '06 | Remaining Length | 6 | §2.2.3',
      '00 01 | Topic Name length | 1 | §1.5.3',
      '74 | Topic Name | "t" | §3.3.2.1',
      '12 34 | Packet Identifier | 4660 | §2.3.1',
      'ff | Application Message | ff | §3.3.3',
    ]);
    expect(lines('30 05  00 01 74  68 69').at(-1)).toBe('68 69 | Application Message | "hi" | §3.3.3');
  });

  it.each([
    ['20 02  01 00', '01 | Connect Acknowledge Flags | 00000001: Session Present 1 | §3.2.2.1'],
    ['20 02  00 05', '05 | Connect Return code | 5, not authorized | §3.2.2.3'],
    ['40 02  00 01', `40 | ${TYPE} | 01000000: PUBACK, type 4, flags 0000 | §3.4.1`],
    ['62 02  00 01', `62 | ${TYPE} | 01100010: PUBREL, type 6, flags 0010 | §3.6.1`],
    ['82 06  00 01  00 01 74 02', '74 | Topic Filter | "t" | §3.8.3'],
    ['82 06  00 01  00 01 74 02', '02 | Requested QoS | 2, exactly once | §3.8.3'],
    ['90 04  00 01  00 80', '00 | Return Code | 0, at most once | §3.9.3'],
    ['90 04  00 01  00 80', '80 | Return Code | 128, failure | §3.9.3'],
    ['a2 05  00 01  00 01 23', '23 | Topic Filter | "#" | §3.10.3'],
    ['b0 02  00 ff', '00 ff | Packet Identifier | 255 | §2.3.1'],
    ['e0 00', `e0 | ${TYPE} | 11100000: DISCONNECT, type 14, flags 0000 | §3.14.1`],
    ['c0 80 00', '80 00 | Remaining Length | 0, in more bytes than it needs | §2.2.3'],
    ['10 0c  00 04 4d 51 54 54 04 02 00 00  00 00', '00 00 | Keep Alive | 0, switched off | §3.1.2.10'],
    ['30 07  00 05  01 7f ef bb bf', '01 7f ef bb bf | Topic Name | "\\u0001\\u007f\\ufeff" | §3.3.2.1'],
  ])('of %s has the entry %s', (text, line) => expect(lines(text)).toContain(line));

  it('shows a long payload by its size and its beginning', () => {
    const long = encode(publish({ topic: 't', payload: new Uint8Array(2000) }));
    expect(explain(long).at(-1)!.value).toBe(`2000 bytes, ${'00 '.repeat(16)}…`);
  });
});

describe('of a broken packet, the explanation', () => {
  it('ends where it breaks: behind it nobody knows where the next packet begins', () =>
    expect(lines('40 02 00 00  c0 00')).toEqual([
      `40 | ${TYPE} | 01000000: PUBACK, type 4, flags 0000 | §3.4.1`,
      '02 | Remaining Length | 2 | §2.2.3',
      '00 00 | Packet Identifier | 0: packetId must be 1 to 65535, not 0 | MQTT-2.3.1-1',
      'c0 00 | not read | 2 bytes | §4.8',
    ]));

  it.each([
    ['00 00', `00 | ${TYPE} | 00000000: reserved, type 0, flags 0000: packet type must be 1 to 14, not 0 | §2.2.1`],
    ['41 02', `41 | ${TYPE} | 01000001: PUBACK, type 4, flags 0001: flags must not be 1 | MQTT-2.2.2-2`],
    [
      '36 00',
      `36 | ${TYPE} | 00110110: PUBLISH, type 3, DUP 0, QoS 3, RETAIN 0: qos must be 0 to 2, not 3 | MQTT-3.3.1-4`,
    ],
    [
      '30 80 80 80 80 01',
      '80 80 80 80 | Remaining Length | 80 80 80 80: Remaining Length must not have 5 bytes | §2.2.3',
    ],
    [
      '10 0d  00 04 4d 51 54 55 04 02 00 3c  00 01 61',
      `4d 51 54 55 | Protocol Name | "MQTU": protocol must not be MQTU, but MQTT | MQTT-3.1.2-1`,
    ],
    [
      '10 0d  00 04 4d 51 54 54 05 02 00 3c  00 01 61',
      '05 | Protocol Level | 5: protocol level must not be 5, but 4 | MQTT-3.1.2-2',
    ],
    [
      '10 0c  00 04 4d 51 54 54 04 00 00 3c  00 00',
      '00 00 | Client Identifier length | 0: clientId must not be empty without cleanSession | MQTT-3.1.3-7',
    ],
    [
      '20 02  02 00',
      '02 | Connect Acknowledge Flags | 00000010: Session Present 0: flags must be 0 to 1, not 2 | §3.2.2.1',
    ],
    [
      '20 02  01 05',
      '05 | Connect Return code | 5, not authorized: sessionPresent must not be set with returnCode 5 | MQTT-3.2.2-4',
    ],
    ['20 02  00 06', '06 | Connect Return code | 6: returnCode must be 0 to 5, not 6 | §3.2.2.3'],
    ['30 02  00 00', '00 00 | Topic Name length | 0: topic must not be empty | MQTT-4.7.3-1'],
    ['30 03  00 01 2b', `2b | Topic Name | "+": topic must not have a wildcard: + | MQTT-3.3.2-2`],
    ['30 03  00 01 ff', 'ff | Topic Name | ff: topic must not be ill-formed | MQTT-1.5.3-1'],
    ['30 03  00 01 00', '00 | Topic Name | "\\u0000": topic must not have U+0000 | MQTT-1.5.3-2'],
    [
      '82 0b  00 01  00 01 74 00  00 02 61 2b 00',
      `61 2b | Topic Filter | "a+": topicFilter must not have a misplaced +: a+ | MQTT-4.7.1-3`,
    ],
    ['82 0a  00 01  00 01 74 01  00 01 74 03', '03 | Requested QoS | 3: qos must be 0 to 2, not 3 | MQTT-3-8.3-4'],
    ['90 04  00 01  00 03', '03 | Return Code | 3: granted qos must be 0 to 2, not 3 | MQTT-3.9.3-2'],
  ])('of %s breaks at %s', (text, line) => expect(breakOf(text)).toBe(line));

  it.each([
    ['40 00', '00 | Remaining Length | 0: the packet must not end inside its packetId | §2.2.3'],
    ['82 02  00 01', '00 01 | Packet Identifier | 1: subscriptions must not be empty | MQTT-3.8.3-3'],
    ['90 02  00 01', '00 01 | Packet Identifier | 1: returnCodes must not be empty | §3.9.3'],
    ['a2 02  00 01', '00 01 | Packet Identifier | 1: topicFilters must not be empty | MQTT-3.10.3-2'],
  ])('of %s tells what is not there at the entry before: %s', (text, line) => expect(breakOf(text)).toBe(line));

  it('finds the entry that the decoder means when an earlier one would do as well', () => {
    // identifier 0, and then a filter that goes on behind the end: the decoder reads all before it judges any
    expect(breakOf('82 06  00 00  00 09 74 00')).toBe(
      '74 00 | Topic Filter | 74 00: the packet must not end inside its topicFilter | §2.2.3',
    );
    // a wildcard out of place, and then text that is none
    expect(breakOf('a2 08  00 01  00 01 74  00 01 ff')).toBe(
      'ff | Topic Filter | ff: topicFilter must not be ill-formed | MQTT-1.5.3-1',
    );
  });

  it('looks for statements that are thrown, and for no others', () => {
    const calls = readFileSync('src/explain/explain.ts', 'utf8').matchAll(/blame\(([^)]*)\)/g);
    const blamed = [...calls].flatMap(([, list]) => [...list!.matchAll(/'([^']+)'/g)].map(([, clause]) => clause!));
    expect(blamed.length).toBeGreaterThan(10);
    expect(blamed.filter((clause) => !thrown.has(clause))).toEqual([]);
  });

  it('names surplus bytes', () =>
    expect(breakOf('c0 01 00')).toBe('00 | surplus | 00: Remaining Length must not be 1 | §2.2.3'));

  it('writes no control character that a topic brought', () =>
    expect(breakOf('30 05  00 03 1b 5b 2b')).toBe(
      `1b 5b 2b | Topic Name | "\\u001b[+": topic must not have a wildcard: \\u001b[+ | MQTT-3.3.2-2`,
    ));
});

describe('of a packet that is cut off, the explanation', () => {
  it.each([
    ['30 05  00 01 74', '74 | Topic Name | "t": the packet is incomplete, 2 bytes must follow | §2.2.3'],
    ['30 05  00 01 74 68', '68 | Application Message | "h": the packet is incomplete, 1 byte must follow | §2.2.3'],
    ['40 02  00', '00 | Packet Identifier | 00: the packet is incomplete, 1 byte must follow | §2.2.3'],
    ['40', `40 | ${TYPE} | 01000000: PUBACK, type 4, flags 0000: the packet is incomplete | §2.2.3`],
    ['30 80', '80 | Remaining Length | 80: the packet is incomplete | §2.2.3'],
    ['c0 00  40 02', '02 | Remaining Length | 2: the packet is incomplete, 2 bytes must follow | §2.2.3'],
  ])('of %s says how much is missing: %s', (text, line) => expect(breakOf(text)).toBe(line));
});
