// Which memory `encode` hands out: PUBLISHes may share a buffer, and nothing else may.
import { describe, expect, it } from 'vitest';
import { connect, encode, type PublishPacket, publish, subscribe } from '../../src/codec/codec.ts';
import { hex } from '../support/hex.ts';

const message = (i: number): PublishPacket => publish({ topic: `t/${i}`, payload: new Uint8Array(i).fill(i) });

describe('the bytes of a packet', () => {
  it('are its own: those of a thousand PUBLISHes do not overlap', () => {
    const packets = Array.from({ length: 1500 }, (_, i) => message(i));
    const encoded = packets.map(encode);
    const before = encoded.map(hex);
    expect(encoded.map((bytes) => hex(bytes.slice()))).toStrictEqual(before);
    encoded[700]!.fill(0xff);
    expect(encoded.filter((bytes, i) => hex(bytes) !== before[i])).toStrictEqual([encoded[700]]);
  });

  it('are in a buffer of their own where they hold a password, and where they are no PUBLISH', () => {
    const password = new Uint8Array(100).fill(0x70);
    const subscriptions = [{ topicFilter: 'f'.repeat(100), qos: 0 as const }];
    for (const packet of [
      connect({ clientId: 'c', username: 'u', password }),
      subscribe({ packetId: 1, subscriptions }),
    ]) {
      const { buffer, length } = encode(packet);
      expect(buffer.byteLength).toBe(length);
    }
  });

  it('share a buffer in the fast version alone', () => {
    const buffers = Array.from({ length: 20 }, () => encode(message(100)).buffer);
    expect(new Set(buffers).size < buffers.length).toBe(process.env['TEXT'] === 'fast');
  });

  it('may be given away: a PUBLISH after one whose buffer was transferred is whole', () => {
    const first = encode(message(100));
    structuredClone(first.buffer, { transfer: [first.buffer] });
    expect(first.length).toBe(0);
    expect(encode(message(100)).subarray(-100)).toStrictEqual(message(100).payload);
  });
});
