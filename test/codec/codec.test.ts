import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  type ConnectPacket,
  connack,
  connect,
  Decoder,
  decode,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  PacketTooLargeError,
  PacketType,
  ProtocolError,
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
import { bytes, concat, hex, pieces } from '../support/hex.ts';
import { vectors } from '../support/packets.ts';
import { decodeAll, errorOf, refuses, refusesToEncode } from '../support/refusal.ts';

const nothing = new Uint8Array(0);
const publishWith = (fields: Partial<Parameters<typeof publish>[0]>) =>
  publish({ topic: 't', payload: nothing, ...fields });
const connectWith = (fields: Partial<ConnectPacket>): Packet => ({ ...connect({ clientId: 'a' }), ...fields });
const willWith = (fields: object): Packet =>
  connectWith({ will: { topic: 'w', payload: nothing, qos: 0, retain: false, ...fields } });

describe.each(vectors)('$title', ({ hex: text, packet }) => {
  const source = bytes(text);
  const PINGREQ = bytes('c0 00');

  it('is encoded as its bytes', () => {
    expect(hex(encode(packet))).toBe(hex(source));
    expect(encodedLength(packet)).toBe(source.length);
  });

  it('is encoded into room somewhere else, and nowhere beside it', () => {
    const target = new Uint8Array(source.length + 5).fill(0xaa);
    expect(encodeInto(packet, target, 2)).toBe(2 + source.length);
    expect(hex(target)).toBe(hex(concat(bytes('aa aa'), source, bytes('aa aa aa'))));
    expect(encodeInto(packet, target)).toBe(source.length);
    expect(hex(target.subarray(0, source.length))).toBe(hex(source));
  });

  it('is not encoded into room one byte too small, which is left as it was', () => {
    const target = new Uint8Array(source.length + 1).fill(0xaa);
    for (const offset of [2, target.length, -1, Number.NaN])
      expect(() => encodeInto(packet, target, offset)).toThrow(RangeError);
    expect(target.every((byte) => byte === 0xaa)).toBe(true);
    expect(encodeInto(packet, target, 1)).toBe(target.length);
  });

  it('is decoded from its bytes', () => {
    expect(decode(source)).toStrictEqual(packet);
    expect(decode(new Uint8Array(concat(bytes('01'), source, bytes('01')).buffer, 1, source.length))).toStrictEqual(
      packet,
    );
  });

  it('comes out of a stream of single bytes with its last byte and not before', () => {
    const decoder = new Decoder();
    for (const [i, piece] of pieces(source, 1).entries()) {
      expect(decoder.bufferedBytes).toBe(i);
      decoder.push(piece);
      expect(decoder.bufferedBytes).toBe(i + 1);
      expect(decoder.read()).toStrictEqual(i === source.length - 1 ? packet : undefined);
    }
    expect(decoder.bufferedBytes).toBe(0);
    expect(decoder.read()).toBeUndefined();
  });

  it('comes out together with the packet glued behind it, wherever the stream is cut [MQTT-6.0.0-2]', () => {
    const both = concat(source, PINGREQ);
    for (let cut = 0; cut <= both.length; cut++)
      expect(decodeAll([both.slice(0, cut), both.slice(cut)])).toStrictEqual([packet, { type: PacketType.PINGREQ }]);
  });

  it('is refused when it ends early, and a stream waits for the rest', () => {
    for (let size = 0; size < source.length; size++) {
      expect(errorOf(() => decode(source.slice(0, size))).clause).toBe('§2.2.3');
      expect(decodeAll([source.slice(0, size)])).toStrictEqual([]);
    }
  });

  it('is refused with another packet behind it where exactly one is asked for', () => {
    expect(errorOf(() => decode(concat(source, PINGREQ))).clause).toBe('§2.2.3');
    expect(errorOf(() => decode(concat(source, bytes('00')))).clause).toBe('§2.2.3');
  });
});

describe('2.2 fixed header', () => {
  it('refuses the reserved packet type 0 [§2.2.1]', () => refuses('00 00', '§2.2.1'));
  it('refuses the reserved packet type 15 [§2.2.1]', () => refuses('f0 00', '§2.2.1'));
  it.each([0, 15, 16, 17, -1, 1.5, undefined, '1'])('refuses to encode packet type %s [§2.2.1]', (type) =>
    refusesToEncode({ type } as never, '§2.2.1'),
  );

  // Table 2.2; PUBLISH has flags of its own
  const types = Object.entries(PacketType).filter(([, type]) => type !== PacketType.PUBLISH);
  const hasReservedBit = ['PUBREL', 'SUBSCRIBE', 'UNSUBSCRIBE'];
  for (const [name, type] of types) {
    const legal = hasReservedBit.includes(name) ? 0b0010 : 0b0000;
    it(`refuses a ${name} with any flags but ${legal}, on its first byte [MQTT-2.2.2-2]`, () => {
      for (let flags = 0; flags < 16; flags++) {
        const firstByte = (type << 4) | flags;
        if (flags === legal) expect(decodeAll([Uint8Array.of(firstByte)])).toStrictEqual([]);
        else refuses(hex(Uint8Array.of(firstByte)).concat(' 00'), 'MQTT-2.2.2-2');
      }
    });
  }

  it('writes the flags of Table 2.2 and no others [MQTT-2.2.2-1]', () => {
    for (const { packet } of vectors) {
      if (packet.type === PacketType.PUBLISH) continue;
      const name = types.find(([, type]) => type === packet.type)![0];
      expect(encode(packet)[0]! & 0b1111).toBe(hasReservedBit.includes(name) ? 0b0010 : 0b0000);
    }
  });

  it('judges the flags of a PUBLISH on its first byte [MQTT-3.3.1-4]', () => {
    for (let flags = 0; flags < 16; flags++) {
      const dup = (flags & 8) !== 0;
      const qos = (flags >> 1) & 3;
      const stream = () => decodeAll([Uint8Array.of(0x30 | flags)]);
      if (qos === 3) expect(errorOf(stream).clause).toBe('MQTT-3.3.1-4');
      else if (dup && qos === 0) expect(errorOf(stream).clause).toBe('MQTT-3.3.1-2');
      else expect(stream()).toStrictEqual([]);
    }
  });

  // [Remaining Length, the fixed header of a PUBLISH that has it]: Table 2.4
  it.each([
    [127, '30 7f'],
    [128, '30 80 01'],
    [16_383, '30 ff 7f'],
    [16_384, '30 80 80 01'],
    [2_097_151, '30 ff ff 7f'],
    [2_097_152, '30 80 80 80 01'],
  ])('writes and reads a Remaining Length of %i as %s', (remainingLength, header) => {
    const payload = new Uint8Array(remainingLength - 3).fill(0x5a);
    const packet = publishWith({ payload });
    const encoded = encode(packet);
    expect(encoded.length).toBe(encodedLength(packet));
    const size = bytes(header).length;
    expect(hex(encoded.subarray(0, size + 3))).toBe(`${header} 00 01 74`);
    expect(encoded.length).toBe(size + remainingLength);
    for (const chunkSize of [encoded.length, 1000]) {
      const [decoded, ...others] = decodeAll(pieces(encoded, chunkSize));
      expect(others).toStrictEqual([]);
      expect(decoded).toMatchObject({ type: PacketType.PUBLISH, topic: 't' });
      expect(Buffer.compare((decoded as typeof packet).payload, payload)).toBe(0);
    }
  });

  it('measures a Remaining Length of 268,435,455 and refuses one more [§2.2.3]', () => {
    const payload = new Uint8Array(268_435_453); // untouched, so that it takes no memory
    expect(encodedLength(publishWith({ payload: payload.subarray(1) }))).toBe(268_435_460);
    expect(errorOf(() => encodedLength(publishWith({ payload }))).clause).toBe('§2.2.3');
    expect(errorOf(() => encode(publishWith({ payload }))).clause).toBe('§2.2.3');
  });

  it('waits for the body of the longest packet there is', () => {
    const decoder = new Decoder();
    expect(decodeAll([bytes('30 ff ff ff 7f')], decoder)).toStrictEqual([]);
    expect(decoder.bufferedBytes).toBe(5);
  });

  it('refuses a Remaining Length of five bytes on its fourth [§2.2.3]', () => {
    refuses('30 ff ff ff ff', '§2.2.3');
    refuses('30 80 80 80 80', '§2.2.3');
    refuses('10 80 80 80 80 01', '§2.2.3');
  });

  it('reads a Remaining Length that is longer than it must be, and never writes one', () => {
    expect(decode(bytes('c0 80 00'))).toStrictEqual({ type: PacketType.PINGREQ });
    expect(decode(bytes('40 82 80 80 00 00 01'))).toStrictEqual(puback(1));
    expect(decodeAll(pieces(bytes('40 82 80 80 00 00 01 c0 80 80 80 00'), 1))).toHaveLength(2);
  });

  it.each(['c0', 'd0', 'e0'])('refuses a body behind %s, which has none [§2.2.3]', (firstByte) =>
    refuses(`${firstByte} 01 00`, '§2.2.3'),
  );
  it.each(['20', '40', '50', '62', '70', 'b0'])('refuses a body behind %s that is not two bytes [§2.2.3]', (first) => {
    refuses(`${first} 00`, '§2.2.3');
    refuses(`${first} 01 00`, '§2.2.3');
    refuses(`${first} 03 00 01 00`, '§2.2.3');
  });
});

describe('2.3.1 packet identifier', () => {
  it('refuses a PUBACK with identifier 0 [MQTT-2.3.1-1]', () => refuses('40 02 00 00', 'MQTT-2.3.1-1'));
  it('refuses a PUBREC with identifier 0 [MQTT-2.3.1-1]', () => refuses('50 02 00 00', 'MQTT-2.3.1-1'));
  it('refuses a PUBREL with identifier 0 [MQTT-2.3.1-1]', () => refuses('62 02 00 00', 'MQTT-2.3.1-1'));
  it('refuses a PUBCOMP with identifier 0 [MQTT-2.3.1-1]', () => refuses('70 02 00 00', 'MQTT-2.3.1-1'));
  it('refuses an UNSUBACK with identifier 0 [MQTT-2.3.1-1]', () => refuses('b0 02 00 00', 'MQTT-2.3.1-1'));
  it('refuses a QoS 1 PUBLISH with identifier 0 [MQTT-2.3.1-1]', () => refuses('32 05 00 01 74 00 00', 'MQTT-2.3.1-1'));
  it('refuses a QoS 2 PUBLISH with identifier 0 [MQTT-2.3.1-1]', () => refuses('34 05 00 01 74 00 00', 'MQTT-2.3.1-1'));
  it('refuses a SUBSCRIBE with identifier 0 [MQTT-2.3.1-1]', () => refuses('82 06 00 00 00 01 74 00', 'MQTT-2.3.1-1'));
  it('refuses a SUBACK with identifier 0 [MQTT-2.3.1-1]', () => refuses('90 03 00 00 00', 'MQTT-2.3.1-1'));
  it('refuses an UNSUBSCRIBE with identifier 0 [MQTT-2.3.1-1]', () => refuses('a2 05 00 00 00 01 74', 'MQTT-2.3.1-1'));

  const withPacketId: readonly ((packetId: number) => Packet)[] = [
    puback,
    pubrec,
    pubrel,
    pubcomp,
    unsuback,
    (packetId) => publishWith({ qos: 1, packetId }),
    (packetId) => publishWith({ qos: 2, packetId }),
    (packetId) => subscribe({ packetId, subscriptions: [{ topicFilter: 't', qos: 0 }] }),
    (packetId) => suback({ packetId, returnCodes: [0] }),
    (packetId) => unsubscribe({ packetId, topicFilters: ['t'] }),
  ];
  it.each([0, -1, 65_536, 65_537, 1.5, Number.NaN, undefined, '1'])(
    'refuses to encode identifier %s [MQTT-2.3.1-1]',
    (id) => {
      for (const build of withPacketId) refusesToEncode(build(id as number), 'MQTT-2.3.1-1');
    },
  );
  it.each([1, 65_535])('encodes identifier %i', (id) => {
    for (const build of withPacketId) expect(decode(encode(build(id)))).toStrictEqual(build(id));
  });
  it('refuses to encode a QoS 0 PUBLISH with an identifier [MQTT-2.3.1-5]', () =>
    refusesToEncode(publishWith({ packetId: 1 }), 'MQTT-2.3.1-5'));
});

describe('1.5.3 strings', () => {
  it('refuses an overlong form [MQTT-1.5.3-1]', () => refuses('30 04 00 02 c1 81', 'MQTT-1.5.3-1'));
  it('refuses an overlong U+0000 [MQTT-1.5.3-1]', () => refuses('30 04 00 02 c0 80', 'MQTT-1.5.3-1'));
  it('refuses a surrogate [MQTT-1.5.3-1]', () => refuses('30 05 00 03 ed a0 80', 'MQTT-1.5.3-1'));
  it('refuses a pair of surrogates [MQTT-1.5.3-1]', () => refuses('30 08 00 06 ed a0 bd ed b8 80', 'MQTT-1.5.3-1'));
  it('refuses a code point above U+10FFFF [MQTT-1.5.3-1]', () => refuses('30 06 00 04 f4 90 80 80', 'MQTT-1.5.3-1'));
  it('refuses a continuation byte without a lead [MQTT-1.5.3-1]', () => refuses('30 03 00 01 80', 'MQTT-1.5.3-1'));
  it('refuses a character that its string cuts off, though its last byte follows [MQTT-1.5.3-1]', () =>
    refuses('30 04 00 01 c2 a2', 'MQTT-1.5.3-1'));
  it('refuses U+0000 in a topic [MQTT-1.5.3-2]', () => refuses('30 05 00 03 61 00 62', 'MQTT-1.5.3-2'));
  it('keeps a byte order mark, first and alone [MQTT-1.5.3-3]', () => {
    expect(decode(bytes('30 05 00 03 ef bb bf'))).toStrictEqual(publishWith({ topic: '\ufeff' }));
    expect(decode(bytes('30 08 00 06 ef bb bf ef bb bf'))).toStrictEqual(publishWith({ topic: '\ufeff\ufeff' }));
  });

  const withText: readonly (readonly [string, (text: string) => Packet])[] = [
    ['client id', (clientId) => connectWith({ clientId })],
    ['user name', (username) => connectWith({ username })],
    ['will topic', (topic) => willWith({ topic })],
    ['topic', (topic) => publishWith({ topic })],
    [
      'SUBSCRIBE filter',
      (topicFilter) =>
        subscribe({
          packetId: 1,
          subscriptions: [
            { topicFilter: 'ok', qos: 0 },
            { topicFilter, qos: 0 },
          ],
        }),
    ],
    ['UNSUBSCRIBE filter', (topicFilter) => unsubscribe({ packetId: 1, topicFilters: ['ok', topicFilter] })],
  ];
  it.each(withText)('refuses to encode a lone surrogate in a %s [MQTT-1.5.3-1]', (_, build) => {
    for (const text of ['\ud800', 'a\udc00', '\ud800\ud800', '\udc00\ud800', '\ud83d!', '\udfff\udfff'])
      refusesToEncode(build(text), 'MQTT-1.5.3-1');
  });
  it.each(withText)('refuses to encode U+0000 in a %s [MQTT-1.5.3-2]', (_, build) =>
    refusesToEncode(build('a\0b'), 'MQTT-1.5.3-2'),
  );
  it.each(withText)('encodes a %s of 65,535 bytes and refuses one more', (name, build) => {
    const clause = name.endsWith('name') || name === 'client id' ? '§1.5.3' : 'MQTT-4.7.3-3';
    for (const [longest, more] of [
      ['x'.repeat(65_535), 'x'],
      ['é'.repeat(32_767).concat('x'), 'x'],
      ['€'.repeat(21_845), 'x'],
    ] as const) {
      const packet = build(longest);
      expect(decode(encode(packet))).toStrictEqual(packet);
      refusesToEncode(build(longest + more), clause);
    }
  });
  it('refuses to encode a password or a will of 65,536 bytes [§1.5.3]', () => {
    const longest = new Uint8Array(65_535).fill(7);
    const tooLong = new Uint8Array(65_536);
    for (const packet of [connectWith({ username: 'u', password: longest }), willWith({ payload: longest })]) {
      const { password, will } = decode(encode(packet)) as ConnectPacket;
      expect(Buffer.compare(password ?? will!.payload, longest)).toBe(0);
    }
    refusesToEncode(connectWith({ username: 'u', password: tooLong }), '§1.5.3');
    refusesToEncode(willWith({ payload: tooLong }), '§1.5.3');
  });
});

describe('3.1 CONNECT', () => {
  it('refuses another protocol name [MQTT-3.1.2-1]', () =>
    refuses('10 0d 00 04 4d 51 54 55 04 02 00 3c 00 01 61', 'MQTT-3.1.2-1'));
  it('refuses the protocol name of MQTT 3.1 [MQTT-3.1.2-1]', () =>
    refuses('10 0f 00 06 4d 51 49 73 64 70 03 02 00 3c 00 01 61', 'MQTT-3.1.2-1'));
  it('refuses protocol level 3 [MQTT-3.1.2-2]', () =>
    refuses('10 0d 00 04 4d 51 54 54 03 02 00 3c 00 01 61', 'MQTT-3.1.2-2'));
  it('refuses protocol level 5 [MQTT-3.1.2-2]', () =>
    refuses('10 0d 00 04 4d 51 54 54 05 02 00 3c 00 01 61', 'MQTT-3.1.2-2'));
  it('names the value and what is allowed in its place [MQTT-3.1.2-2]', () => {
    const level5 = errorOf(() => decode(bytes('10 0d 00 04 4d 51 54 54 05 02 00 3c 00 01 61')));
    expect(level5.message).toBe('protocol level must not be 5, but 4 [MQTT-3.1.2-2]');
    const keepAlive = errorOf(() => encode(connect({ clientId: 'a', keepAlive: -1 })));
    expect(keepAlive.message).toBe('keepAlive must be 0 to 65535, not -1 [§3.1.2.10]');
  });
  it('refuses the reserved flag [MQTT-3.1.2-3]', () =>
    refuses('10 0d 00 04 4d 51 54 54 04 03 00 3c 00 01 61', 'MQTT-3.1.2-3'));
  it('refuses a will flag without will topic and message [MQTT-3.1.2-9]', () => {
    refuses('10 0d 00 04 4d 51 54 54 04 06 00 3c 00 01 61', '§2.2.3');
    refuses('10 10 00 04 4d 51 54 54 04 06 00 3c 00 01 61 00 01 77', '§2.2.3');
  });
  it('refuses will fields without the will flag [MQTT-3.1.2-11]', () =>
    refuses('10 12 00 04 4d 51 54 54 04 02 00 3c 00 01 61 00 01 77 00 00', '§2.2.3'));
  it('refuses a will QoS without a will [MQTT-3.1.2-13]', () => {
    refuses('10 0d 00 04 4d 51 54 54 04 0a 00 3c 00 01 61', 'MQTT-3.1.2-13');
    refuses('10 0d 00 04 4d 51 54 54 04 12 00 3c 00 01 61', 'MQTT-3.1.2-13');
  });
  it('refuses will QoS 3 [MQTT-3.1.2-14]', () =>
    refuses('10 12 00 04 4d 51 54 54 04 1e 00 3c 00 01 61 00 01 77 00 00', 'MQTT-3.1.2-14'));
  it('refuses will retain without a will [MQTT-3.1.2-15]', () =>
    refuses('10 0d 00 04 4d 51 54 54 04 22 00 3c 00 01 61', 'MQTT-3.1.2-15'));
  it('refuses a password without a user name [MQTT-3.1.2-22]', () => {
    refuses('10 10 00 04 4d 51 54 54 04 42 00 3c 00 01 61 00 01 70', 'MQTT-3.1.2-22');
    refusesToEncode(connectWith({ password: nothing }), 'MQTT-3.1.2-22');
  });
  it('refuses a user name without its flag [MQTT-3.1.2-18]', () =>
    refuses('10 10 00 04 4d 51 54 54 04 02 00 3c 00 01 61 00 01 75', '§2.2.3'));
  it('refuses a user name flag without a user name [MQTT-3.1.2-19]', () =>
    refuses('10 0d 00 04 4d 51 54 54 04 82 00 3c 00 01 61', '§2.2.3'));
  it('refuses a password without its flag [MQTT-3.1.2-20]', () =>
    refuses('10 13 00 04 4d 51 54 54 04 82 00 3c 00 01 61 00 01 75 00 01 70', '§2.2.3'));
  it('refuses a password flag without a password [MQTT-3.1.2-21]', () =>
    refuses('10 10 00 04 4d 51 54 54 04 c2 00 3c 00 01 61 00 01 75', '§2.2.3'));
  it('refuses a payload without a client id [MQTT-3.1.3-3]', () =>
    refuses('10 0a 00 04 4d 51 54 54 04 02 00 3c', '§2.2.3'));
  it('accepts an empty client id for a kept session, since a server has to answer it [MQTT-3.1.3-8]', () => {
    const packet = decode(bytes('10 0c 00 04 4d 51 54 54 04 00 00 3c 00 00'));
    expect(packet).toMatchObject({ clientId: '', cleanSession: false });
  });
  it('refuses to send an empty client id for a kept session [MQTT-3.1.3-7]', () => {
    refusesToEncode(connectWith({ clientId: '', cleanSession: false }), 'MQTT-3.1.3-7');
  });
  it('refuses a surplus byte behind the last field [§2.2.3]', () =>
    refuses('10 0e 00 04 4d 51 54 54 04 02 00 3c 00 01 61 00', '§2.2.3'));
  it('refuses a client id that is no text [MQTT-3.1.3-4]', () => {
    refuses('10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 ff', 'MQTT-1.5.3-1');
    refuses('10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 00', 'MQTT-1.5.3-2');
  });
  it('refuses a will topic that is no text [MQTT-3.1.3-10]', () => {
    refuses('10 12 00 04 4d 51 54 54 04 06 00 3c 00 01 61 00 01 ff 00 00', 'MQTT-1.5.3-1');
    refuses('10 12 00 04 4d 51 54 54 04 06 00 3c 00 01 61 00 01 00 00 00', 'MQTT-1.5.3-2');
  });
  it('refuses a user name that is no text [MQTT-3.1.3-11]', () => {
    refuses('10 10 00 04 4d 51 54 54 04 82 00 3c 00 01 61 00 01 ff', 'MQTT-1.5.3-1');
    refuses('10 10 00 04 4d 51 54 54 04 82 00 3c 00 01 61 00 01 00', 'MQTT-1.5.3-2');
  });
  it('refuses a will topic that is empty or has a wildcard [MQTT-4.7.3-1]', () => {
    refuses('10 11 00 04 4d 51 54 54 04 06 00 3c 00 01 61 00 00 00 00', 'MQTT-4.7.3-1');
    refuses('10 12 00 04 4d 51 54 54 04 06 00 3c 00 01 61 00 01 23 00 00', 'MQTT-3.3.2-2');
    refusesToEncode(willWith({ topic: '' }), 'MQTT-4.7.3-1');
    refusesToEncode(willWith({ topic: 'a/+' }), 'MQTT-3.3.2-2');
  });
  it.each([3, -1, 0.5, undefined, '1'])('refuses to encode will QoS %s [MQTT-3.1.2-14]', (qos) =>
    refusesToEncode(willWith({ qos }), 'MQTT-3.1.2-14'),
  );
  it.each([-1, 65_536, 0.5, Number.NaN, undefined, '60'])(
    'refuses to encode a keep alive of %s [§3.1.2.10]',
    (keepAlive) => refusesToEncode(connectWith({ keepAlive: keepAlive as number }), '§3.1.2.10'),
  );

  it('reads every byte of connect flags as Figure 3.4 says, or refuses it', () => {
    for (let flags = 0; flags < 256; flags++) {
      const [username, password, retain, clean, reserved] = [0x80, 0x40, 0x20, 0x02, 0x01].map((bit) => flags & bit);
      const will = flags & 0x04;
      const willQos = (flags >> 3) & 0b11;
      let text = `00 04 4d 51 54 54 04 ${hex(Uint8Array.of(flags))} 00 3c 00 01 61`;
      if (will) text += ' 00 01 77 00 01 6d';
      if (username) text += ' 00 01 75';
      if (password) text += ' 00 01 70';
      const body = bytes(text);
      const source = concat(Uint8Array.of(0x10, body.length), body);
      const legal = !reserved && (will ? willQos < 3 : !retain && willQos === 0) && (!password || username);
      if (!legal) {
        expect(() => decode(source)).toThrow(ProtocolError);
        continue;
      }
      const expected = connect({
        clientId: 'a',
        cleanSession: clean !== 0,
        username: username ? 'u' : undefined,
        password: password ? bytes('70') : undefined,
        will: will ? { topic: 'w', payload: bytes('6d'), qos: willQos as QoS, retain: retain !== 0 } : undefined,
      });
      expect(decode(source)).toStrictEqual(expected);
      expect(hex(encode(expected))).toBe(hex(source));
    }
  });
});

describe('3.2 CONNACK', () => {
  it('refuses reserved acknowledge flags [§3.2.2.1]', () => {
    for (let bit = 1; bit < 8; bit++) {
      refuses(`20 02 ${hex(Uint8Array.of(1 << bit))} 00`, '§3.2.2.1');
      refuses(`20 02 ${hex(Uint8Array.of((1 << bit) | 1))} 00`, '§3.2.2.1');
    }
  });
  it('refuses return codes above 5 [§3.2.2.3]', () => {
    for (let code = 6; code < 256; code++) refuses(`20 02 00 ${hex(Uint8Array.of(code))}`, '§3.2.2.3');
  });
  it('refuses session present beside a refusal [MQTT-3.2.2-4]', () => {
    for (let code = 1; code < 6; code++) {
      refuses(`20 02 01 0${code}`, 'MQTT-3.2.2-4');
      refusesToEncode(connack({ sessionPresent: true, returnCode: code }), 'MQTT-3.2.2-4');
    }
  });
  it.each([6, 255, 256, -1, 0.5, Number.NaN, '0'])('refuses to encode return code %s [§3.2.2.3]', (returnCode) =>
    refusesToEncode(connack({ returnCode: returnCode as number }), '§3.2.2.3'),
  );
});

describe('3.3 PUBLISH', () => {
  it('refuses DUP with QoS 0 [MQTT-3.3.1-2]', () => {
    refuses('38 03 00 01 74', 'MQTT-3.3.1-2');
    refuses('39 03 00 01 74', 'MQTT-3.3.1-2');
    refusesToEncode(publishWith({ dup: true }), 'MQTT-3.3.1-2');
  });
  it('refuses QoS 3 [MQTT-3.3.1-4]', () => {
    for (const firstByte of ['36', '37', '3e', '3f']) refuses(`${firstByte} 05 00 01 74 00 01`, 'MQTT-3.3.1-4');
  });
  it.each([3, -1, 0.5, undefined, '1'])('refuses to encode QoS %s [MQTT-3.3.1-4]', (qos) =>
    refusesToEncode({ ...publishWith({ packetId: 1 }), qos } as never, 'MQTT-3.3.1-4'),
  );
  it('refuses a topic with a wildcard [MQTT-3.3.2-2]', () => {
    refuses('30 03 00 01 23', 'MQTT-3.3.2-2');
    refuses('30 03 00 01 2b', 'MQTT-3.3.2-2');
    refuses('30 06 00 04 61 23 2f 62', 'MQTT-3.3.2-2');
    for (const topic of ['#', '+', 'a/#', 'a+b']) refusesToEncode(publishWith({ topic }), 'MQTT-3.3.2-2');
  });
  it('refuses an empty topic [MQTT-4.7.3-1]', () => {
    refuses('30 02 00 00', 'MQTT-4.7.3-1');
    refusesToEncode(publishWith({ topic: '' }), 'MQTT-4.7.3-1');
  });
  it('refuses to end inside its topic or its identifier [§2.2.3]', () => {
    refuses('30 00', '§2.2.3');
    refuses('30 01 00', '§2.2.3');
    refuses('30 02 00 01', '§2.2.3');
    refuses('32 03 00 01 74', '§2.2.3');
    refuses('32 04 00 01 74 00', '§2.2.3');
  });
  it('reads a payload that looks like a packet as a payload', () =>
    expect(decode(bytes('30 05 00 01 74 c0 00'))).toStrictEqual(publishWith({ payload: bytes('c0 00') })));
});

describe('3.8 SUBSCRIBE', () => {
  it('refuses to be without a filter [MQTT-3.8.3-3]', () => {
    refuses('82 02 00 01', 'MQTT-3.8.3-3');
    refusesToEncode(subscribe({ packetId: 1, subscriptions: [] }), 'MQTT-3.8.3-3');
  });
  it('refuses every requested QoS byte but 0, 1 and 2 [MQTT-3-8.3-4]', () => {
    for (let qos = 3; qos < 256; qos++) refuses(`82 06 00 01 00 01 74 ${hex(Uint8Array.of(qos))}`, 'MQTT-3-8.3-4');
    refuses('82 0a 00 01 00 01 74 00 00 01 75 03', 'MQTT-3-8.3-4');
  });
  it.each([3, 256, -1, 0.5, undefined, '1'])('refuses to encode requested QoS %s [MQTT-3-8.3-4]', (qos) =>
    refusesToEncode(
      subscribe({
        packetId: 1,
        subscriptions: [
          { topicFilter: 't', qos: 0 },
          { topicFilter: 't', qos: qos as QoS },
        ],
      }),
      'MQTT-3-8.3-4',
    ),
  );
  it('refuses an empty filter [MQTT-4.7.3-1]', () => {
    refuses('82 05 00 01 00 00 00', 'MQTT-4.7.3-1');
    refusesToEncode(subscribe({ packetId: 1, subscriptions: [{ topicFilter: '', qos: 0 }] }), 'MQTT-4.7.3-1');
  });
  it('refuses # that is not the whole last level [MQTT-4.7.1-2]', () => {
    refuses('82 07 00 01 00 02 61 23 00', 'MQTT-4.7.1-2');
    refuses('82 08 00 01 00 03 23 2f 61 00', 'MQTT-4.7.1-2');
  });
  it('refuses + that is not a whole level [MQTT-4.7.1-3]', () => refuses('82 07 00 01 00 02 61 2b 00', 'MQTT-4.7.1-3'));
  it('refuses a filter that is no text [MQTT-3.8.3-1]', () => {
    refuses('82 06 00 01 00 01 ff 00', 'MQTT-1.5.3-1');
    refuses('82 06 00 01 00 01 00 00', 'MQTT-1.5.3-2');
  });
  it('refuses to end inside its identifier, a filter or before its QoS [§2.2.3]', () => {
    refuses('82 00', '§2.2.3');
    refuses('82 01 00', '§2.2.3');
    refuses('82 03 00 01 00', '§2.2.3');
    refuses('82 05 00 01 00 02 74', '§2.2.3');
    refuses('82 05 00 01 00 01 74', '§2.2.3');
    refuses('82 07 00 01 00 01 74 00 00', '§2.2.3');
  });
});

describe('3.9 SUBACK', () => {
  it('refuses every return code but 0, 1, 2 and 128 [MQTT-3.9.3-2]', () => {
    for (let code = 3; code < 256; code++)
      if (code !== 0x80) refuses(`90 03 00 01 ${hex(Uint8Array.of(code))}`, 'MQTT-3.9.3-2');
    refuses('90 04 00 01 00 03', 'MQTT-3.9.3-2');
  });
  it.each([3, 127, 129, 256, -1, 0.5, undefined, '0'])('refuses to encode return code %s [MQTT-3.9.3-2]', (code) =>
    refusesToEncode(suback({ packetId: 1, returnCodes: [0, code as SubackReturnCode] }), 'MQTT-3.9.3-2'),
  );
  it('refuses to be without a return code [§3.9.3]', () => {
    refuses('90 02 00 01', '§3.9.3');
    refusesToEncode(suback({ packetId: 1, returnCodes: [] }), '§3.9.3');
  });
  it('refuses to end inside its identifier [§2.2.3]', () => {
    refuses('90 00', '§2.2.3');
    refuses('90 01 00', '§2.2.3');
  });
});

describe('3.10 UNSUBSCRIBE', () => {
  it('refuses to be without a filter [MQTT-3.10.3-2]', () => {
    refuses('a2 02 00 01', 'MQTT-3.10.3-2');
    refusesToEncode(unsubscribe({ packetId: 1, topicFilters: [] }), 'MQTT-3.10.3-2');
  });
  it('refuses a filter that is no text [MQTT-3.10.3-1]', () => {
    refuses('a2 05 00 01 00 01 ff', 'MQTT-1.5.3-1');
    refuses('a2 05 00 01 00 01 00', 'MQTT-1.5.3-2');
  });
  it('refuses filters as a SUBSCRIBE does [MQTT-4.7.1-2]', () => {
    refuses('a2 04 00 01 00 00', 'MQTT-4.7.3-1');
    refuses('a2 06 00 01 00 02 61 23', 'MQTT-4.7.1-2');
    refuses('a2 06 00 01 00 02 2b 61', 'MQTT-4.7.1-3');
    for (const topicFilter of ['a#', '#/a', '##'])
      refusesToEncode(unsubscribe({ packetId: 1, topicFilters: [topicFilter] }), 'MQTT-4.7.1-2');
    for (const topicFilter of ['a+', '++', '+a/b'])
      refusesToEncode(unsubscribe({ packetId: 1, topicFilters: [topicFilter] }), 'MQTT-4.7.1-3');
  });
  it('refuses to end inside its identifier or a filter [§2.2.3]', () => {
    refuses('a2 00', '§2.2.3');
    refuses('a2 01 00', '§2.2.3');
    refuses('a2 03 00 01 00', '§2.2.3');
    refuses('a2 05 00 01 00 02 74', '§2.2.3');
  });
});

describe('wrong types', () => {
  it('throws a TypeError for a payload, a will or a password that is no Uint8Array', () => {
    for (const wrong of ['text', undefined, null, [1, 2], new ArrayBuffer(2), new Uint16Array(2)]) {
      expect(() => encode(publishWith({ payload: wrong as never }))).toThrow(
        new TypeError('payload must be a Uint8Array'),
      );
      expect(() => encode(willWith({ payload: wrong }))).toThrow(TypeError);
      if (wrong !== undefined)
        expect(() => encode(connectWith({ username: 'u', password: wrong as never }))).toThrow(TypeError);
    }
  });
  it('takes the Uint8Array of another realm', () => {
    const payload = runInNewContext('Uint8Array.of(1, 2)') as Uint8Array;
    expect(payload instanceof Uint8Array).toBe(false);
    expect(hex(encode(publish({ topic: 't', payload })))).toBe('30 05 00 01 74 01 02');
  });
  it('throws a TypeError for text that is no string', () => {
    for (const wrong of [undefined, null, 1, ['a']]) {
      expect(() => encode(publishWith({ topic: wrong as never }))).toThrow(TypeError);
      expect(() => encode(connectWith({ clientId: wrong as never }))).toThrow(TypeError);
      expect(() => encode(unsubscribe({ packetId: 1, topicFilters: [wrong as never] }))).toThrow(TypeError);
    }
  });
});

describe('errors', () => {
  it('name themselves, their clause and what was wrong', () => {
    const error = errorOf(() => decode(bytes('40 02 00 00')));
    expect(error.name).toBe('ProtocolError');
    expect(error.message).toBe('packetId must be 1 to 65535, not 0 [MQTT-2.3.1-1]');
    const tooLarge = new PacketTooLargeError(12, 10);
    expect(tooLarge).toMatchObject({ name: 'PacketTooLargeError', packetSize: 12, maxPacketSize: 10 });
    expect(tooLarge.message).toContain('12 bytes');
  });
  it('name the field that ended early', () => {
    expect(errorOf(() => decode(bytes('32 04 00 01 74 00'))).message).toContain('packetId');
    expect(errorOf(() => decode(bytes('30 02 00 01'))).message).toContain('topic');
  });
});

describe('builders', () => {
  it('fill in the defaults', () => {
    expect(connect({ clientId: 'a' })).toStrictEqual({
      type: 1,
      clientId: 'a',
      cleanSession: true,
      keepAlive: 60,
      username: undefined,
      password: undefined,
      will: undefined,
    });
    expect(connack()).toStrictEqual({ type: 2, sessionPresent: false, returnCode: 0 });
    expect(publishWith({})).toStrictEqual({
      type: 3,
      dup: false,
      qos: 0,
      retain: false,
      topic: 't',
      packetId: 0,
      payload: nothing,
    });
  });
});

describe('a packet whose getters encode other packets', () => {
  it('is encoded as if they did not', () => {
    const other = () => encode(subscribe({ packetId: 7, subscriptions: [{ topicFilter: 'é/+', qos: 1 }] }));
    const subscriptions = ['a/b', 'température'].map((topicFilter) => ({
      get topicFilter() {
        other();
        return topicFilter;
      },
      get qos() {
        other();
        return 2 as const;
      },
    }));
    const plain = subscriptions.map(({ topicFilter, qos }) => ({ topicFilter, qos }));
    expect(hex(encode(subscribe({ packetId: 1, subscriptions })))).toBe(
      hex(encode(subscribe({ packetId: 1, subscriptions: plain }))),
    );
  });
});
