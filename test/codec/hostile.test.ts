// What a peer may try: to make us allocate, or to make us forget that it lied. To make us slow: linear.test.ts.
import { describe, expect, it, vi } from 'vitest';
import {
  Decoder,
  decode,
  encode,
  PacketTooLargeError,
  type PublishPacket,
  puback,
  publish,
} from '../../src/codec/codec.ts';
import { bytes, concat, pieces } from '../support/hex.ts';
import { decodeAll, errorOf } from '../support/refusal.ts';

vi.setConfig({ testTimeout: 60_000 });

const MEBIBYTE = 0x10_0000;

function tooLarge(act: () => unknown): PacketTooLargeError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketTooLargeError);
    return error as PacketTooLargeError;
  }
  return expect.fail('nothing was thrown');
}

/** Bytes of typed arrays that `act` left behind, garbage included. */
function allocated(act: () => void): number {
  const before = process.memoryUsage().arrayBuffers;
  act();
  return process.memoryUsage().arrayBuffers - before;
}

describe('a packet over maxPacketSize', () => {
  it('is refused on its last length byte, not before and not later', () => {
    const decoder = new Decoder({ maxPacketSize: 10 });
    expect(decodeAll([bytes('30')], decoder)).toStrictEqual([]);
    const error = tooLarge(() => decodeAll([bytes('09')], decoder));
    expect(error).toMatchObject({ packetSize: 11, maxPacketSize: 10 });
    expect(tooLarge(() => decoder.read())).toBe(error);
  });

  it('is one byte over it, fixed header included', () => {
    const limits: readonly (readonly [string, number])[] = [
      ['30 08', 10],
      ['30 7f', 129],
      ['30 80 01', 131],
      ['30 ff 7f', 16_386],
      ['30 80 80 01', 16_388],
      ['30 ff ff 7f', 2_097_155],
      ['30 80 80 80 01', 2_097_157],
      ['30 ff ff ff 7f', 268_435_460],
    ];
    for (const [header, size] of limits) {
      expect(decodeAll([bytes(header)], new Decoder({ maxPacketSize: size }))).toStrictEqual([]);
      const error = tooLarge(() => decodeAll(pieces(bytes(header), 1), new Decoder({ maxPacketSize: size - 1 })));
      expect(error).toMatchObject({ packetSize: size, maxPacketSize: size - 1 });
    }
  });

  it('costs no memory', () => {
    const decoder = new Decoder({ maxPacketSize: 100 * MEBIBYTE });
    const flood = concat(bytes('30 ff ff ff 7f'), new Uint8Array(1000));
    expect(allocated(() => void tooLarge(() => decodeAll([flood], decoder)))).toBeLessThan(MEBIBYTE);
  });

  it('is measured by its shortest header', () => {
    // 7 bytes on the wire, 4 where the length is not padded
    expect(decodeAll([bytes('40 82 80 80 00 00 01')], new Decoder({ maxPacketSize: 4 }))).toStrictEqual([puback(1)]);
  });
});

describe('a packet that is announced with 256 MiB and dripped', () => {
  it('takes memory for what has arrived', () => {
    const decoder = new Decoder();
    const drops = 1024;
    const grown = allocated(() => {
      decodeAll([bytes('30 ff ff ff 7f'), bytes('00 01 74')], decoder);
      for (let i = 0; i < drops; i++) decodeAll([new Uint8Array(1024)], decoder);
    });
    expect(decoder.bufferedBytes).toBe(5 + 3 + drops * 1024);
    expect(grown).toBeLessThan(8 * MEBIBYTE); // 1 MiB of drops, and what doubling leaves to the collector
  });
});

describe('a thousand headers without their bodies', () => {
  it('take no room', () => {
    const header = bytes('30 ff ff ff 7f');
    const decoders = Array.from({ length: 1000 }, () => new Decoder());
    expect(allocated(() => void decoders.map((decoder) => decodeAll([header], decoder)))).toBeLessThan(MEBIBYTE);
  });
});

describe('a decoder that has refused something', () => {
  it('refuses everything behind it with the same error, and keeps nothing', () => {
    const decoder = new Decoder();
    decoder.push(bytes('30 05 00 01 74 68'));
    expect(decoder.read()).toBeUndefined();
    decoder.push(bytes('69 40 02 00 00 c0 00'));
    expect(decoder.read()).toMatchObject({ type: 3 });
    const error = errorOf(() => decoder.read());
    for (const chunk of ['c0 00', '', 'd0 00', 'ff']) {
      decoder.push(bytes(chunk));
      expect(errorOf(() => decoder.read())).toBe(error);
      expect(decoder.bufferedBytes).toBe(0);
    }
  });

  it('has given out what came before', () => {
    const decoder = new Decoder();
    decoder.push(bytes('c0 00 d0 00 00'));
    expect(decoder.read()).toStrictEqual({ type: 12 });
    expect(decoder.read()).toStrictEqual({ type: 13 });
    expect(errorOf(() => decoder.read()).clause).toBe('§2.2.1');
  });
});

describe('a payload', () => {
  it('is a view of the chunk that its packet came in whole', () => {
    const chunk = bytes('c0 00 30 05 00 01 74 68 69 c0');
    const [, packet] = decodeAll([chunk]);
    const { payload } = packet as PublishPacket;
    expect(payload.buffer).toBe(chunk.buffer);
    expect([payload.byteOffset, payload.length]).toStrictEqual([7, 2]);
  });

  it('is a Uint8Array even of a Buffer', () => {
    const { payload } = decode(Buffer.from('30050001746869', 'hex')) as PublishPacket;
    expect(payload.constructor).toBe(Uint8Array);
    expect(payload).toStrictEqual(bytes('68 69'));
  });

  it('is an array of its own when it came in pieces, and stays as it is when more comes', () => {
    const decoder = new Decoder();
    const first = bytes('30 05 00 01');
    const second = bytes('74 68 69');
    const [packet] = decodeAll([first, second], decoder);
    const { payload } = packet as PublishPacket;
    first.fill(0xff);
    second.fill(0xff);
    decodeAll(pieces(bytes('30 05 00 01 74 ff ff'), 3), decoder);
    expect(payload).toStrictEqual(bytes('68 69'));
    expect(payload.buffer.byteLength).toBe(7);
  });

  it('of every size that pieces are gathered in arrives as it was sent', () => {
    for (const size of [0xffff, 0x1_0000, 0x1_0001, 0x1_fffd, 0x2_0000, 0x3_0001]) {
      const payload = new Uint8Array(size).map((_, i) => i * 31 + (i >> 8));
      for (const chunkSize of [1000, 0x1_0000, size]) {
        const [packet] = decodeAll(pieces(encode(publish({ topic: 't', payload })), chunkSize));
        expect(Buffer.compare((packet as PublishPacket).payload, payload)).toBe(0);
      }
    }
  });

  it("does not keep a password's chunk alive: that is a copy", () => {
    const source = bytes('10 10 00 04 4d 51 54 54 04 c2 00 3c 00 00 00 00 00 00');
    const { password } = decode(source) as { password: Uint8Array };
    expect(password.buffer).not.toBe(source.buffer);
  });
});

describe('push', () => {
  it('wants the last chunk to be read to its end: a bug of ours, not of the peer', () => {
    const decoder = new Decoder();
    decoder.push(bytes('c0 00 c0 00'));
    decoder.read();
    expect(() => decoder.push(bytes('c0 00'))).toThrow(/^read\(\) all before/);
    expect(decoder.read()).toStrictEqual({ type: 12 });
    decoder.push(bytes('c0'));
    expect(decoder.read()).toBeUndefined();
  });

  it('wants a chunk to be read at all before the next one', () => {
    const decoder = new Decoder();
    decoder.push(bytes('30 05'));
    expect(() => decoder.push(bytes('00 01 74'))).toThrow(/^read\(\) all before/);
  });

  it('keeps nothing once a packet was refused', () => {
    const decoder = new Decoder();
    decoder.push(bytes('00'));
    errorOf(() => decoder.read());
    decoder.push(bytes('c0 00'));
    expect(decoder.bufferedBytes).toBe(0);
  });

  it('takes empty chunks anywhere', () => {
    const empty = new Uint8Array(0);
    const chunks = pieces(bytes('30 05 00 01 74 68 69'), 1).flatMap((piece) => [empty, piece, empty]);
    expect(decodeAll(chunks)).toStrictEqual([publish({ topic: 't', payload: bytes('68 69') })]);
  });
});
