import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, hmac, type SignMethod } from '../../src/aliyun/hmac.ts';
import vectors from '../vectors/aliyun.json' with { type: 'json' };

const METHODS: readonly SignMethod[] = ['hmacmd5', 'hmacsha1', 'hmacsha256'];
const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const repeated = (byte: number, times: number): Uint8Array => new Uint8Array(times).fill(byte);
const ours = (method: SignMethod, key: Uint8Array, message: Uint8Array): string => hex(hmac(method, key, message));
const theirs = (method: SignMethod, key: Uint8Array, message: Uint8Array): string =>
  createHmac(method.slice('hmac'.length), key).update(message).digest('hex');

const COUNTING_KEY = Uint8Array.from({ length: 25 }, (_, i) => i + 1);
const SMALL = 'what do ya want for nothing?';
const TRUNCATED = 'Test With Truncation';
const LARGE_KEY = 'Test Using Larger Than Block-Size Key - Hash Key First';
const LARGE_BOTH = 'Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data';
const LARGE_BOTH_256 =
  'This is a test using a larger than block-size key and a larger than block-size data. ' +
  'The key needs to be hashed before being used by the HMAC algorithm.';

/** source, method, key, message, digest (or as much of it as is printed) */
const KNOWN: readonly [string, SignMethod, Uint8Array, Uint8Array, string][] = [
  ['RFC 2202, 2.1', 'hmacmd5', repeated(0x0b, 16), ascii('Hi There'), '9294727a3638bb1c13f48ef8158bfc9d'],
  ['RFC 2202, 2.2', 'hmacmd5', ascii('Jefe'), ascii(SMALL), '750c783e6ab0b503eaa86e310a5db738'],
  ['RFC 2202, 2.3', 'hmacmd5', repeated(0xaa, 16), repeated(0xdd, 50), '56be34521d144c88dbb8c733f0e8b3f6'],
  ['RFC 2202, 2.4', 'hmacmd5', COUNTING_KEY, repeated(0xcd, 50), '697eaf0aca3a3aea3a75164746ffaa79'],
  ['RFC 2202, 2.5', 'hmacmd5', repeated(0x0c, 16), ascii(TRUNCATED), '56461ef2342edc00f9bab995690efd4c'],
  ['RFC 2202, 2.6', 'hmacmd5', repeated(0xaa, 80), ascii(LARGE_KEY), '6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd'],
  ['RFC 2202, 2.7', 'hmacmd5', repeated(0xaa, 80), ascii(LARGE_BOTH), '6f630fad67cda0ee1fb1f562db3aa53e'],

  ['RFC 2202, 3.1', 'hmacsha1', repeated(0x0b, 20), ascii('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  ['RFC 2202, 3.2', 'hmacsha1', ascii('Jefe'), ascii(SMALL), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  ['RFC 2202, 3.3', 'hmacsha1', repeated(0xaa, 20), repeated(0xdd, 50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  ['RFC 2202, 3.4', 'hmacsha1', COUNTING_KEY, repeated(0xcd, 50), '4c9007f4026250c6bc8414f9bf50c86c2d7235da'],
  ['RFC 2202, 3.5', 'hmacsha1', repeated(0x0c, 20), ascii(TRUNCATED), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  ['RFC 2202, 3.6', 'hmacsha1', repeated(0xaa, 80), ascii(LARGE_KEY), 'aa4ae5e15272d00e95705637ce8a3b55ed402112'],
  ['RFC 2202, 3.7', 'hmacsha1', repeated(0xaa, 80), ascii(LARGE_BOTH), 'e8e99d0f45237d786d6bbaa7965c7808bbff1a91'],

  [
    'RFC 4231, 4.2',
    'hmacsha256',
    repeated(0x0b, 20),
    ascii('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    'RFC 4231, 4.3',
    'hmacsha256',
    ascii('Jefe'),
    ascii(SMALL),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'RFC 4231, 4.4',
    'hmacsha256',
    repeated(0xaa, 20),
    repeated(0xdd, 50),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    'RFC 4231, 4.5',
    'hmacsha256',
    COUNTING_KEY,
    repeated(0xcd, 50),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  ['RFC 4231, 4.6', 'hmacsha256', repeated(0x0c, 20), ascii(TRUNCATED), 'a3b6167473100ee06e0c796c2955552b'],
  [
    'RFC 4231, 4.7',
    'hmacsha256',
    repeated(0xaa, 131),
    ascii(LARGE_KEY),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    'RFC 4231, 4.8',
    'hmacsha256',
    repeated(0xaa, 131),
    ascii(LARGE_BOTH_256),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
];

describe('hmac', () => {
  for (const [source, method, key, message, digest] of KNOWN) {
    it(`gives the digest that ${source} prints`, () => {
      expect(ours(method, key, message).slice(0, digest.length)).toBe(digest);
    });
  }

  for (const { key, text, signMethod, password } of vectors.hmac) {
    it(`agrees with a device SDK on ${signMethod} of "${text}"`, () => {
      expect(ours(signMethod as SignMethod, ascii(key), ascii(text))).toBe(password);
    });
  }

  for (const method of METHODS) {
    it(`agrees with node:crypto on ${method} of messages of every length from 0 to 200 bytes`, () => {
      const key = ascii('a key');
      for (let length = 0; length <= 200; length++) {
        const message = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 0xff);
        expect(ours(method, key, message)).toBe(theirs(method, key, message));
      }
    });

    it(`agrees with node:crypto on ${method} with keys of every length from 0 to 200 bytes`, () => {
      const message = ascii('a message');
      for (let length = 0; length <= 200; length++) {
        const key = Uint8Array.from({ length }, (_, i) => (i * 41 + length) & 0xff);
        expect(ours(method, key, message)).toBe(theirs(method, key, message));
      }
    });

    it(`agrees with node:crypto on ${method} of any key and message up to 10,000 bytes`, () => {
      const message = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 10_000, size: 'max' }));
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 140 }), message, (key, text) => {
          expect(ours(method, key, text)).toBe(theirs(method, key, text));
        }),
        { numRuns: 60 },
      );
    });

    it(`leaves the key and the message of ${method} as they were`, () => {
      for (const length of [10, 64, 100]) {
        const [key, message] = [repeated(1, length), repeated(2, length)];
        hmac(method, key, message);
        expect(key).toEqual(repeated(1, length));
        expect(message).toEqual(repeated(2, length));
      }
    });
  }

  it('reads views where they lie in a larger buffer, also of a key that is hashed', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
    for (const size of [20, 70]) {
      const [key, message] = [bytes.subarray(10, 10 + size), bytes.subarray(100, 100 + size)];
      expect(ours('hmacsha1', key, message)).toBe(theirs('hmacsha1', key.slice(), message.slice()));
    }
  });
});

describe('hex', () => {
  it('writes two lower-case digits for every byte, leading zeros included', () => {
    expect(hex(Uint8Array.of(0x00, 0x0a, 0x10, 0xff))).toBe('000a10ff');
    expect(hex(new Uint8Array(0))).toBe('');
  });
});
