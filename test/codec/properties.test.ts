import fc from 'fast-check';
import { describe, expect, vi } from 'vitest';
import {
  Decoder,
  decode,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  PacketTooLargeError,
  PacketType,
  ProtocolError,
  publish,
} from '../../src/codec/codec.ts';
import { checkTopic } from '../../src/codec/topic.ts';
import { anyText, chunked, chunkSizes, packet, payload, prop, publishPacket } from '../support/arbitraries.ts';
import { bytes, concat } from '../support/hex.ts';
import { isForServersAlone, vectors } from '../support/packets.ts';
import { decodeAll, errorOf } from '../support/refusal.ts';
import { same } from '../support/same.ts';

vi.setConfig({ testTimeout: 60_000 });

const runs = (numRuns: number) => ({ numRuns });

describe('any legal packet', () => {
  prop([packet], runs(3000))('comes back from its bytes', (legal) => {
    same(decode(encode(legal)), legal);
  });

  prop([fc.array(packet, { maxLength: 8 }), chunkSizes], runs(1000))(
    'comes out of a stream cut anywhere, in order [MQTT-6.0.0-2]',
    (packets, sizes) => {
      const decoder = new Decoder();
      same(decodeAll(chunked(concat(...packets.map(encode)), sizes), decoder), packets);
      expect(decoder.bufferedBytes).toBe(0);
    },
  );

  prop([packet, fc.nat(9), fc.nat(9)], runs(2000))('takes exactly the room it announces', (legal, before, after) => {
    const size = encodedLength(legal);
    const target = new Uint8Array(before + size + after).fill(0x55);
    expect(encodeInto(legal, target, before)).toBe(before + size);
    const encoded = encode(legal);
    expect(encoded.length).toBe(size);
    if (legal.type !== PacketType.PUBLISH) expect(encoded.byteLength).toBe(encoded.buffer.byteLength);
    const expected = concat(new Uint8Array(before).fill(0x55), encoded, new Uint8Array(after).fill(0x55));
    expect(Buffer.compare(target, expected)).toBe(0);
  });

  prop([packet, fc.nat(20), fc.nat(30)], runs(2000))(
    'leaves a target untouched in which it does not fit',
    (legal, missing, offset) => {
      const room = Math.max(0, encodedLength(legal) - 1 - missing);
      const target = new Uint8Array(offset + room).fill(0x55);
      expect(() => encodeInto(legal, target, offset)).toThrow(RangeError);
      expect(target.every((byte) => byte === 0x55)).toBe(true);
    },
  );

  prop([packet], runs(1000))('is not changed by being encoded', (legal) => {
    const before = structuredClone(legal);
    encode(legal);
    same(legal, before);
  });
});

// The bytes that `decode` takes but `encode` does not write: a Remaining Length longer than it must be.
function hasMinimalLength(source: Uint8Array): boolean {
  let last = 1;
  while (source[last]! > 0x7f) last++;
  return last === 1 || source[last] !== 0;
}

/** Decodes, or is refused with one of our errors; what was decoded is encoded to the same bytes. */
function judge(source: Uint8Array): Packet | undefined {
  let packet: Packet;
  try {
    packet = decode(source);
  } catch (error) {
    expect(error instanceof ProtocolError || error instanceof PacketTooLargeError).toBe(true);
    return undefined;
  }
  if (isForServersAlone(packet)) return packet;
  const again = encode(packet);
  if (hasMinimalLength(source)) expect(Buffer.compare(again, source)).toBe(0);
  else same(decode(again), packet);
  return packet;
}

const framed = fc
  .tuple(
    fc.constantFrom(0x10, 0x20, 0x30, 0x32, 0x3d, 0x40, 0x62, 0x82, 0x90, 0xa2, 0xb0),
    fc.uint8Array({ maxLength: 30 }),
  )
  .map(([firstByte, body]) => concat(Uint8Array.of(firstByte, body.length), body));
const damaged = fc.tuple(fc.constantFrom(...vectors), fc.nat(1000), fc.nat(255)).map(([vector, where, byte]) => {
  const source = bytes(vector.hex);
  source[where % source.length] = byte;
  return source;
});

describe('any bytes', () => {
  prop([fc.uint8Array({ maxLength: 40 })], runs(5000))(
    'are a packet or are refused with a clause',
    (any) => void judge(any),
  );
  prop([framed], runs(10_000))('in a frame are a packet or are refused with a clause', (any) => void judge(any));
  prop([damaged], runs(10_000))(
    'with one byte changed are a packet or are refused with a clause',
    (any) => void judge(any),
  );

  prop([fc.oneof(fc.uint8Array({ maxLength: 60 }), framed, damaged), chunkSizes], runs(5000))(
    'are judged alike however they are cut [MQTT-6.0.0-2]',
    (any, sizes) => {
      const outcome = (chunks: Uint8Array[]) => {
        const decoder = new Decoder();
        const packets: Packet[] = [];
        try {
          for (const chunk of chunks) {
            decoder.push(chunk);
            for (let next = decoder.read(); next !== undefined; next = decoder.read()) packets.push(next);
          }
        } catch (error) {
          return { packets, error: errorOf(() => decoder.read()) === error && (error as ProtocolError).clause };
        }
        return { packets, buffered: decoder.bufferedBytes };
      };
      same(outcome(chunked(any, sizes)), outcome([any]));
    },
  );
});

const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

describe('any text', () => {
  prop([anyText], runs(10_000))('is written as the platform writes it, or refused [MQTT-1.5.3-1]', (any) => {
    const encodeTopic = () => encode(publish({ topic: `x${any.replace(/[#+]/g, 'y')}`, payload: new Uint8Array(0) }));
    if (any.includes('\0') || !isWellFormed(any)) {
      const { clause } = errorOf(encodeTopic);
      if (isWellFormed(any)) expect(clause).toBe('MQTT-1.5.3-2');
      else if (!any.includes('\0')) expect(clause).toBe('MQTT-1.5.3-1');
      else expect(['MQTT-1.5.3-1', 'MQTT-1.5.3-2']).toContain(clause);
      return;
    }
    const expected = new TextEncoder().encode(`x${any.replace(/[#+]/g, 'y')}`);
    expect(Buffer.compare(encodeTopic().subarray(4), expected)).toBe(0);
  });

  prop([anyText], runs(2000))('is judged alike as a topic and inside a PUBLISH', (any) => {
    const clauseOf = (act: () => unknown) => {
      try {
        act();
      } catch (error) {
        return (error as ProtocolError).clause;
      }
      return undefined;
    };
    const inside = clauseOf(() => encode(publish({ topic: any, payload: new Uint8Array(0) })));
    expect(clauseOf(() => checkTopic(any))).toBe(inside);
  });
});

describe('a payload', () => {
  prop([publishPacket, payload, chunkSizes], runs(500))(
    'never changes when later chunks arrive',
    (first, noise, sizes) => {
      const decoder = new Decoder();
      const packets = decodeAll(chunked(encode(first), sizes), decoder);
      const later = encode(publish({ topic: 'later', payload: noise }));
      for (let i = 0; i < 3; i++) decodeAll(chunked(later, sizes), decoder);
      same(packets, [first]);
    },
  );
});
