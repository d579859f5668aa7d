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

const SIN_1 = 0.8414709848078965;
const COS_1 = 0.5403023058681398;
const MD5_SINES = /* @__PURE__ */ sines();

/** floor(2³² × |sin(i + 1)|): the sine and cosine of one radian more, again and again. */
function sines(): number[] {
  const table: number[] = [];
  for (let i = 0, sin = 0, cos = 1; i < 64; i++) {
    [sin, cos] = [sin * COS_1 + cos * SIN_1, cos * COS_1 - sin * SIN_1];
    table[i] = Math.floor(Math.abs(sin) * 0x100000000);
  }
  return table;
}

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

const SHA256_CONSTANTS = /* @__PURE__ */ cubeRoots();

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function cubeRoots(): number[] {
  const table: number[] = [];
  for (let n = 2; table.length < 64; n++) {
    let divisor = 2;
    while (n % divisor > 0) divisor++;
    if (divisor < n) continue;
    let root = n;
    for (let i = 0; i < 20; i++) root -= (root - n / root / root) / 3; // Newton's method
    table.push((root % 1) * 0x100000000);
  }
  return table;
}

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
