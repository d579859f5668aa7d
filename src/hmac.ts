/**
 * HMAC (RFC 2104) with MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4; SHA-1 is also RFC 3174).
 *
 * It is our own because a device signs in synchronously, also where neither `node:crypto` nor `crypto.subtle` exists.
 * It signs and nothing more: do not build on MD5 or SHA-1 as plain hashes, both of which are broken as such.
 *
 *                    ┌───────────────── digest ──────────────────┐
 *   message ─ pad to whole blocks ─ compress block by block ─ state ─ bytes
 *
 * All three hashes have this shape. They differ in their initial state, their byte order and their compression.
 */
export interface Hash {
  /** The state before the first block, in 32-bit words. The digest is as long. */
  readonly initial: readonly number[];
  /** How four bytes make a word, and two words the 64-bit length: MD5 is little-endian, the SHA family big-endian. */
  readonly bigEndian: boolean;
  /** Stirs a block of 16 words into the working variables a, b, c … which start as the state. */
  readonly compress: (block: Int32Array, ...state: number[]) => number[];
}

const BLOCK = 64; // bytes, of all three

/** `H(key ⊕ opad, H(key ⊕ ipad, message))`: RFC 2104, section 2. */
export function hmac(hash: Hash, key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(key.length > BLOCK ? digest(hash, key) : key);
  const keyed = (pad: number, text: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(BLOCK + text.length);
    for (let i = 0; i < BLOCK; i++) bytes[i] = block[i]! ^ pad;
    bytes.set(text, BLOCK);
    return digest(hash, bytes);
  };
  return keyed(0x5c, keyed(0x36, message));
}

/** Lower-case, two digits a byte. */
export function hex(bytes: Uint8Array): string {
  let digits = '';
  for (let i = 0; i < bytes.length; i++) digits += (0x100 + bytes[i]!).toString(16).slice(1); // keeps the leading zero
  return digits;
}

function digest({ initial, bigEndian, compress }: Hash, message: Uint8Array): Uint8Array {
  const length = message.length;
  const shift = (index: number): number => (bigEndian ? 24 - 8 * (index & 3) : 8 * (index & 3));

  // Padding: the bit 1, as many 0 as complete a block, the length in bits (RFC 1321, 3.1 and 3.2; FIPS 180-4, 5.1.1)
  const words = new Int32Array((((length + 8) >>> 6) + 1) << 4);
  for (let i = 0; i < length; i++) words[i >>> 2]! |= message[i]! << shift(i);
  words[length >>> 2]! |= 0x80 << shift(length);
  words[words.length - (bigEndian ? 1 : 2)] = length << 3;
  words[words.length - (bigEndian ? 2 : 1)] = length >>> 29;

  let state = initial;
  for (let start = 0; start < words.length; start += 16) {
    const stirred = compress(words.subarray(start, start + 16), ...state);
    state = state.map((word, i) => (word + stirred[i]!) | 0);
  }

  const bytes = new Uint8Array(4 * state.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = state[i >>> 2]! >>> shift(i);
  return bytes;
}

// FIPS 180-4, 3.2 and 4.1. RFC 1321 calls them rotation, F, H; its G is F with the arguments turned.
const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
const rotr = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
const choose = (x: number, y: number, z: number): number => (x & y) ^ (~x & z);
const parity = (x: number, y: number, z: number): number => x ^ y ^ z;
const majority = (x: number, y: number, z: number): number => (x & y) ^ (x & z) ^ (y & z);

// ---------------------------------------------------------------------------------------------- MD5, RFC 1321, 3.4

// biome-ignore format: four rounds, four shifts each
const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

// biome-ignore format: floor(2³² × |sin(i + 1)|), as the RFC prints it: an engine's own sine need not be exact
const MD5_SINES = [
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
];

export const md5: Hash = {
  initial: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476],
  bigEndian: false,
  compress(block, a: number, b: number, c: number, d: number) {
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [choose(b, c, d), choose(d, b, c), parity(b, c, d), c ^ (b | ~d)][round]!;
      const word = block[[i, 5 * i + 1, 3 * i + 5, 7 * i][round]! & 15]!;
      const turned = rotl(a + mixed + word + MD5_SINES[i]!, MD5_SHIFTS[4 * round + (i & 3)]!);
      [a, b, c, d] = [d, (b + turned) | 0, b, c];
    }
    return [a, b, c, d];
  },
};

// ----------------------------------------------------------------------------------------- SHA-1, FIPS 180-4, 6.1.2

const SHA1_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6]; // √2, √3, √5, √10, each × 2³⁰

export const sha1: Hash = {
  initial: [...md5.initial, 0xc3d2e1f0],
  bigEndian: true,
  compress(block, a: number, b: number, c: number, d: number, e: number) {
    const w: number[] = [];
    for (let t = 0; t < 80; t++) {
      w[t] = t < 16 ? block[t]! : rotl(w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!, 1);
      const round = Math.floor(t / 20);
      const mixed = [choose, parity, majority, parity][round]!(b, c, d);
      const next = (rotl(a, 5) + mixed + e + SHA1_CONSTANTS[round]! + w[t]!) | 0;
      [a, b, c, d, e] = [next, a, rotl(b, 30), c, d];
    }
    return [a, b, c, d, e];
  },
};

// --------------------------------------------------------------------------------------- SHA-256, FIPS 180-4, 6.2.2

// biome-ignore format: 32 bits of the fractional parts of the cube roots of the first 64 primes, as 4.2.2 prints them
const SHA256_CONSTANTS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

export const sha256: Hash = {
  // biome-ignore format: one line of FIPS 180-4, 5.3.3
  initial: [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
  bigEndian: true,
  compress(block, a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) {
    const w: number[] = [];
    for (let t = 0; t < 64; t++) {
      w[t] = t < 16 ? block[t]! : (sigma1(w[t - 2]!) + w[t - 7]! + sigma0(w[t - 15]!) + w[t - 16]!) | 0;
      const t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + choose(e, f, g) + SHA256_CONSTANTS[t]! + w[t]!;
      const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + majority(a, b, c);
      [a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
    }
    return [a, b, c, d, e, f, g, h];
  },
};

const sigma0 = (x: number): number => rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3);
const sigma1 = (x: number): number => rotr(x, 17) ^ rotr(x, 19) ^ (x >>> 10);
