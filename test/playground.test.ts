// What the playground knows without a browser.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakages, breakagesOf } from '../playground/breakage.ts';
import { parseHex } from '../playground/hex.ts';
import { programOf } from '../playground/learn/program.ts';
import { packets, samples } from '../playground/samples.ts';
import { formatHash, parseHash, shareEdit, withoutCredentials, withoutSecrets } from '../playground/share.ts';
import { addressOf, sentenceOf } from '../playground/standard.ts';
import { typescriptOf } from '../playground/typescript.ts';
import { exercises } from '../src/cli/learn/exercises.ts';
import * as codec from '../src/codec/codec.ts';
import { connect, encode, PacketType, puback } from '../src/codec/codec.ts';
import { type Annotation, explain } from '../src/explain/explain.ts';
import { Packets } from '../src/explain/packets.ts';
import { thrown } from '../tools/statements.ts';
import { packet, prop } from './support/arbitraries.ts';
import { bytes, concat, hex } from './support/hex.ts';

const anatomyOf = (packet: Uint8Array) => ({ bytes: packet, annotations: explain(packet) });
const brokenAt = (packet: Uint8Array): Annotation | undefined =>
  explain(packet).find(({ error }) => error !== undefined);

describe('the playground breaks packets', () => {
  const ofAllTypes = packets.map((packet) => anatomyOf(encode(packet)));

  it.each(breakages.map((breakage) => [breakage.name, breakage.clause, breakage] as const))(
    '%s: [%s]',
    (_, clause, { apply }) => {
      const broken = ofAllTypes.flatMap((packet) => apply(packet) ?? []);
      expect(broken.length).toBeGreaterThan(0);
      for (const packet of broken)
        expect(`${brokenAt(packet)?.section}: ${hex(packet)}`).toBe(`${clause}: ${hex(packet)}`);
    },
  );

  it('has two ways at least for each of the fourteen', () => {
    expect(ofAllTypes.map(({ bytes }) => bytes[0]! >> 4)).toEqual(Object.values(PacketType));
    for (const packet of ofAllTypes) expect(breakagesOf(packet).length).toBeGreaterThanOrEqual(2);
  });
});

describe('a link to the playground', () => {
  const secret = 'top secret';
  const password = new TextEncoder().encode(secret);
  const packet = encode(connect({ clientId: 'lamp', username: 'anna', password }));
  const leaks = (shared: Uint8Array) => /top|ecr/.test(new TextDecoder().decode(shared));

  it('has the bytes as they are, when there is no password', () => {
    const stream = concat(encode(connect({ clientId: 'lamp', username: 'anna' })), encode(puback(1)));
    expect(withoutSecrets(stream)).toEqual(stream);
    const broken = bytes('80 08 00 0b 00 03 61 2f 62 01');
    expect(withoutSecrets(broken)).toEqual(broken);
  });

  it('has asterisks for a password, and all the rest', () => {
    const masked = encode(connect({ clientId: 'lamp', username: 'anna', password: bytes('2a'.repeat(10)) }));
    expect(leaks(packet)).toBe(true);
    expect(withoutSecrets(packet)).toEqual(masked);
    const among = concat(encode(puback(1)), packet, encode(puback(2)));
    expect(withoutSecrets(among)).toEqual(concat(encode(puback(1)), masked, encode(puback(2))));
  });

  it('has no password of a CONNECT that is cut, with anything in front of it, or with any bit flipped', () => {
    for (let size = 1; size < packet.length; size++)
      expect(leaks(withoutSecrets(packet.subarray(0, size)))).toBe(false);
    for (const before of ['00', 'ff', '40 02', '40 02 00 00', '10'])
      expect(leaks(withoutSecrets(concat(bytes(before), packet)))).toBe(false);
    for (let bit = 0; bit < 8 * packet.length; bit++) {
      const flipped = packet.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(leaks(shareEdit(packet, flipped, withoutSecrets(packet)))).toBe(false);
    }
  });

  it('still has the flipped bit', () => {
    const flipped = packet.slice();
    flipped[9]! ^= 1;
    expect(shareEdit(packet, flipped, withoutSecrets(packet))[9]).toBe(packet[9]! ^ 1);
  });

  it('has neither user nor password nor query of an address', () => {
    expect(withoutCredentials('wss://anna:secret@broker.example:8443/mqtt?token=secret#x')).toBe(
      'wss://broker.example:8443/mqtt',
    );
    expect(withoutCredentials('no address')).toBe('');
  });

  it('is read as it was written', () => {
    const { page, params } = parseHash(formatHash('connect', { topic: 'a/+?&#=', message: '21.5 °C' }));
    expect(page).toBe('connect');
    expect(Object.fromEntries(params)).toEqual({ topic: 'a/+?&#=', message: '21.5 °C' });
    expect(parseHash('').page).toBe('');
  });
});

describe('hex in a link or in a form', () => {
  it.each([
    ['30 03 00 01 74', '30 03 00 01 74'],
    ['0x30, 0x03, 0x00, 0x01, 0x74', '30 03 00 01 74'],
    ['30:03:00:01:74', '30 03 00 01 74'],
    ['', ''],
  ])('reads %j', (text, expected) => {
    expect(hex(parseHex(text))).toBe(expected);
  });

  it.each(['3', 'x', '30 0'])('refuses %j', (text) => {
    expect(() => parseHex(text)).toThrow(RangeError);
  });

  it('has samples that are legal, and four that break, each in another way', () => {
    const clauses = samples.map(([, sample]) => brokenAt(parseHex(sample))?.section);
    expect(clauses).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'MQTT-3.3.2-2',
      'MQTT-2.2.2-2',
      '§2.2.3',
      'MQTT-1.5.3-1',
    ]);
  });
});

describe('a clause', () => {
  it('has the address of the heading that it stands under', () => {
    const anchorOf = (clause: Annotation['section']) => addressOf(clause).split('#')[1];
    expect(anchorOf('§1.5.3')).toBe('_Toc398718016');
    expect(anchorOf('§2.2.3')).toBe('_Toc398718023');
    expect(anchorOf('MQTT-3.1.2-22')).toBe('_Toc398718030');
    expect(anchorOf('§3.1.2.10')).toBe('_Toc398718030');
    expect(anchorOf('MQTT-3-8.3-4')).toBe('_Toc398718066');
    expect(anchorOf('§4.3.2')).toBe('_Toc398718101');
    expect(anchorOf('MQTT-4.7.3-1')).toBe('_Toc398718109');
  });

  it('has its sentence wherever a packet may break', () => {
    const inCodec = [...thrown].filter(([, places]) => places.some(({ path }) => path.startsWith('src/codec/')));
    const broken = inCodec.map(([clause]) => clause as Annotation['section']);
    expect(broken.filter((clause) => clause.startsWith('§')).length).toBeGreaterThan(5);
    expect(broken.filter((clause) => sentenceOf(clause) === undefined)).toEqual([]);
  });

  it('has one for every field of every packet', () => {
    const sections = packets.flatMap((packet) => explain(encode(packet)).map(({ section }) => section));
    for (const section of [...sections, ...breakages.map(({ clause }) => clause), '§4.8' as const])
      expect(addressOf(section)).toMatch(/#_Toc3987180|#_Toc3987181/);
  });
});

describe('TypeScript that is copied', () => {
  /** What its `packets` are, when it runs. */
  const evaluate = (code: string): Uint8Array[] => {
    const body = code.replace(/^import (\{.*\}) from 'mqtt311\/codec';/, 'const $1 = codec;');
    return new Function('codec', `${body}; return packets;`)(codec);
  };

  prop([fc.array(packet, { minLength: 1, maxLength: 5 }), fc.uint8Array({ maxLength: 4 })], { numRuns: 100 })(
    'makes the same packets, and the same broken one',
    (some, rest) => {
      const source = concat(...some.map(encode), rest);
      expect(hex(concat(...evaluate(typescriptOf(new Packets(source)))))).toBe(hex(source));
    },
  );

  it('is what somebody would write', () => {
    const source = concat(...[packets[0]!, packets[2]!, packets[3]!, packets[1]!, packets[11]!].map(encode));
    expect(typescriptOf(new Packets(concat(source, bytes('40 02 00 00')))).split('\n')).toEqual([
      "import { connack, connect, encode, pingreq, puback, publish } from 'mqtt311/codec';",
      '',
      'const packets = [',
      '  encode(connect({ clientId: "lamp", will: { topic: "devices/lamp/status", payload: new TextEncoder().encode("lost"), qos: 1, retain: true }, username: "anna" })),',
      '  encode(publish({ qos: 1, topic: "rooms/kitchen/temperature", packetId: 10, payload: new TextEncoder().encode("21.5 °C") })),',
      '  encode(puback(10)),',
      '  encode(connack()),',
      '  encode(pingreq()),',
      '  Uint8Array.of(0x40, 0x02, 0x00, 0x00), // packetId must be 1 to 65535, not 0 [MQTT-2.3.1-1]',
      '];',
      '',
    ]);
  });
});

describe('the script of a worker', () => {
  const exercise = exercises[3]!;
  const modules = {
    '1-encode-length': 'export function encodeRemainingLength() {\n  return 1;\n}\n',
    '3-string':
      "import {\n  encodeRemainingLength as length,\n} from './1-encode-length.mjs';\nexport const encodeString = length;",
    '4-connect': "import { encodeString } from './3-string.mjs';\nexport const encodeConnect = () => encodeString();",
    '9-stream': 'a mistake of syntax',
  };

  it('has the modules that one needs as functions, and each line in its place', () => {
    const { script, placeOf } = programOf('return reader;', exercise, modules);
    const { modules: made } = new Function(script)();
    expect(Object.keys(made)).toEqual(['4-connect', '3-string', '1-encode-length']);
    const load = (name: string): Record<string, () => unknown> => made[name](load);
    expect(load('4-connect')['encodeConnect']!()).toBe(1);
    const lines = script.split('\n');
    expect(placeOf(lines.indexOf('  return 1;') + 1)).toBe('1-encode-length.mjs:2');
    expect(placeOf(lines.findIndex((line) => line.includes('encodeConnect')) + 1)).toBe('4-connect.mjs:2');
    expect([placeOf(1), placeOf(lines.length)]).toEqual([undefined, undefined]);
  });

  it.each([
    ["import * as all from './1-encode-length.mjs';", 1],
    ["const a = 1;\nimport fs from 'node:fs';", 2],
    ['\n  export default 1;', 2],
    ['const a = 1;\n\nexport { a };', 3],
  ])('refuses %j, and names the line', (source, line) => {
    expect(() => programOf('', exercise, { '4-connect': source })).toThrow(`in 4-connect.mjs:${line}, write import {`);
  });
});
