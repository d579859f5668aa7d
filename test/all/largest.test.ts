import { expect, it } from 'vitest';
import { Decoder, encode, type PublishPacket, publish } from '../../src/codec/codec.ts';
import { hex } from '../support/hex.ts';

it('the largest packet there is, 268,435,460 bytes, is written and comes back in pieces of 1 MiB', () => {
  const payload = new Uint8Array(268_435_452);
  for (let i = 0; i < payload.length; i += 65_521) payload[i] = i;
  const encoded = encode(publish({ topic: 't', payload }));
  expect(encoded.length).toBe(268_435_460);
  expect(hex(encoded.subarray(0, 8))).toBe('30 ff ff ff 7f 00 01 74');
  const decoder = new Decoder();
  for (let start = 0; start < encoded.length; start += 0x10_0000) {
    expect(decoder.read()).toBeUndefined();
    decoder.push(encoded.subarray(start, start + 0x10_0000));
  }
  const { payload: read } = decoder.read() as PublishPacket;
  expect(Buffer.compare(read, payload)).toBe(0);
});
