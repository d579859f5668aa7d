/**
 * HMAC (RFC 2104) with MD5 (RFC 1321), SHA-1 and SHA-256 (both FIPS 180-4; SHA-1 is RFC 3174 as well).
 *
 * Written out because a device signs in synchronously, also where neither `node:crypto` nor `crypto.subtle` exists.
 * MD5 and SHA-1 are broken as fingerprints of documents, HMAC with them is not: so only HMAC leaves this file.
 *
 *   message, padded:      block 1              block 2              block n
 *                            │                    │                    │
 *             initial ──┬─▶ steps ─▶ + ─ … ──┬─▶ steps ─▶ + ─ … ──┬─▶ steps ─▶ + ──▶ digest
 *                       └────────────┘       └────────────┘       └────────────┘
 *
 * All three hashes have this shape, over words of 32 bits; they differ in what `hash` takes.
 */
export type SignMethod = 'hmacmd5' | 'hmacsha1' | 'hmacsha256';

type Hash = (message: Uint8Array) => Uint8Array;

/** Step t of a block: new working variables a, b, c … from the last ones. `w` begins with the 16 words of the block. */
type Step = (w: Int32Array, t: number, ...variables: number[]) => number[];

const BLOCK = 64; // bytes

/** `H(key ⊕ opad, H(key ⊕ ipad, message))`: RFC 2104, section 2. */
export function hmac(signMethod: SignMethod, key: Uint8Array, message: Uint8Array): Uint8Array {
  return keyedHash(signMethod, key, 0x5c, keyedHash(signMethod, key, 0x36, message));
}

/** @internal `H(key ⊕ pad, message)`: one half of an HMAC. */
export function keyedHash(signMethod: SignMethod, key: Uint8Array, pad: number, message: Uint8Array): Uint8Array {
  const hash = HASHES[signMethod];
  const bytes = new Uint8Array(BLOCK + message.length);
  bytes.set(key.length > BLOCK ? hash(key) : key);
  for (let i = 0; i < BLOCK; i++) bytes[i]! ^= pad;
  bytes.set(message, BLOCK);
  return hash(bytes);
}

/** Two lower-case digits a byte. */
export function hex(bytes: Uint8Array): string {
  let digits = '';
  for (let i = 0; i < bytes.length; i++) digits += (0x100 + bytes[i]!).toString(16).slice(1); // a leading zero stays
  return digits;
}

// The byte order is a mask: it turns the places of four bytes in a word, and of two words in the 64-bit length.
const LITTLE_ENDIAN = 0;
const BIG_ENDIAN = -1;

function hash(byteOrder: number, initial: readonly number[], steps: number, step: Step): Hash {
  const shift = (index: number): number => 8 * ((index ^ byteOrder) & 3);
  return (message) => {
    // Padding: a bit 1, as many 0 as complete a block, the length in bits (RFC 1321, 3.1 and 3.2; FIPS 180-4, 5.1.1)
    const { length } = message;
    const words = new Int32Array(((length + 8 + BLOCK) >>> 6) << 4);
    for (let i = 0; i <= length; i++) words[i >>> 2]! |= (i < length ? message[i]! : 0x80) << shift(i);
    words[words.length - 2 - byteOrder] = length << 3;
    words[words.length - 1 + byteOrder] = length >>> 29;

    let state = initial;
    for (let start = 0; start < words.length; start += 16) {
      const w = new Int32Array(steps);
      w.set(words.subarray(start, start + 16));
      let variables = state;
      for (let t = 0; t < steps; t++) variables = step(w, t, ...variables);
      state = state.map((word, i) => (word + variables[i]!) | 0);
    }

    const digest = new Uint8Array(4 * state.length);
    for (let i = 0; i < digest.length; i++) digest[i] = state[i >>> 2]! >>> shift(i);
    return digest;
  };
}

// FIPS 180-4, 3.2 and 4.1. In RFC 1321 choose is F, and G with its arguments turned; parity is H.
const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
const rotr = (x: number, n: number): number => rotl(x, 32 - n);
const choose = (x: number, y: number, z: number): number => (x & y) ^ (~x & z);
const parity = (x: number, y: number, z: number): number => x ^ y ^ z;
const majority = (x: number, y: number, z: number): number => (x & y) ^ (x & z) ^ (y & z);

// Two tables of 64 words are computed, in half the room of printing them. Math.sin and Math.cbrt may differ between
// engines; + − × ÷ may not, and their rounding is thousands of times too small to reach the 32 bits that are kept.
const fraction = (x: number): number => ((x % 1) * 2 ** 32) | 0;

/** |sin 1|, |sin 2|, … |sin 64|, by turning one radian at a time. */
function sines(): number[] {
  const sin1 = 0.8414709848078965;
  const cos1 = 0.5403023058681398;
  const table: number[] = [];
  for (let sin = 0, cos = 1; table.length < 64; table.push(fraction(Math.abs(sin)))) {
    [sin, cos] = [sin * cos1 + cos * sin1, cos * cos1 - sin * sin1];
  }
  return table;
}

/** Square (degree 2) or cube (degree 3) roots of the first primes. */
function roots(degree: 2 | 3, count: number): number[] {
  const table: number[] = [];
  for (let n = 2; table.length < count; n++) {
    let divisor = 2;
    while (n % divisor > 0) divisor++;
    if (divisor < n) continue;
    let root = n;
    for (let i = 0; i < 64; i++) root -= (root - n / root / (degree < 3 ? 1 : root)) / degree; // Newton's method
    table.push(fraction(root));
  }
  return table;
}

const MD5_INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
const MD5_SINES: readonly number[] = /* @__PURE__ */ sines();
const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]; // four for each round
const SHA1_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const SHA256_CONSTANTS: readonly number[] = /* @__PURE__ */ roots(3, 64);

const HASHES: Readonly<Record<SignMethod, Hash>> = {
  // RFC 1321, 3.3 and 3.4
  hmacmd5: /* @__PURE__ */ hash(LITTLE_ENDIAN, MD5_INITIAL, 64, (w, t, a: number, b: number, c: number, d: number) => {
    const round = t >> 4;
    const mixed = [choose(b, c, d), choose(d, b, c), parity(b, c, d), c ^ (b | ~d)][round]!;
    const word = w[[t, 5 * t + 1, 3 * t + 5, 7 * t][round]! & 15]!;
    const turned = rotl(a + mixed + word + MD5_SINES[t]!, MD5_SHIFTS[4 * round + (t & 3)]!);
    return [d, (b + turned) | 0, b, c];
  }),

  // FIPS 180-4, 5.3.1 and 6.1.2
  // biome-ignore format: a step's variables in one line
  hmacsha1: /* @__PURE__ */ hash(BIG_ENDIAN, [...MD5_INITIAL, 0xc3d2e1f0], 80,
    (w, t, a: number, b: number, c: number, d: number, e: number) => {
      if (t > 15) w[t] = rotl(w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!, 1);
      const round = (t / 20) | 0;
      const mixed = [choose, parity, majority, parity][round]!(b, c, d);
      return [(rotl(a, 5) + mixed + e + SHA1_CONSTANTS[round]! + w[t]!) | 0, a, rotl(b, 30), c, d];
    }),

  // FIPS 180-4, 5.3.3 and 6.2.2
  // biome-ignore format: a step's variables in one line
  hmacsha256: /* @__PURE__ */ hash(BIG_ENDIAN, roots(2, 8), 64,
    (w, t, a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => {
      if (t > 15) {
        const x = w[t - 15]!;
        const y = w[t - 2]!;
        w[t] = (rotr(y, 17) ^ rotr(y, 19) ^ (y >>> 10)) + w[t - 7]! + (rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3)) + w[t - 16]!;
      }
      const t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + choose(e, f, g) + SHA256_CONSTANTS[t]! + w[t]!;
      const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + majority(a, b, c);
      return [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
    }),
};
