// Which PUBLISHes share a buffer, in the fast version of the codec.
import { describe, expect, it } from 'vitest';
import { encode, publish } from '../../../src/codec/codec.ts';

describe('the bytes of a PUBLISH', () => {
  it('share a buffer of 16 KiB from 65 to 1,024 bytes', () => {
    // 2 bytes of fixed header up to 129 bytes, else 3; 3 bytes of topic
    const bufferOf = (size: number): ArrayBufferLike => {
      const bytes = encode(publish({ topic: 't', payload: new Uint8Array(size - (size > 129 ? 6 : 5)) }));
      expect(bytes.length).toBe(size);
      return bytes.buffer;
    };
    const previous = bufferOf(1024);
    let first = previous;
    while (first === previous) first = bufferOf(1024);
    expect(Array.from({ length: 14 }, () => bufferOf(1024)).filter((buffer) => buffer !== first)).toStrictEqual([]);
    expect([64, 1025].map((size) => bufferOf(size).byteLength)).toStrictEqual([64, 1025]);
    // 1,024 bytes are left
    for (let i = 0; i < 12; i++) expect(bufferOf(65)).toBe(first);
    expect([244, 65].map((size) => bufferOf(size) === first)).toStrictEqual([true, false]);
  });
});
