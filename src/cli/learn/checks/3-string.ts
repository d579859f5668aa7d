import { bytesOf, type Check, checkBytes, checkThrows, checkValue, inWords } from '../check.ts';

interface Answer {
  encodeString(text: string): Uint8Array;
  decodeString(bytes: Uint8Array, offset: number): unknown;
}

const CASES = [
  ['', '00 00'],
  ['t', '00 01 74'],
  ['MQTT', '00 04 4d 51 54 54'],
  ['°C', '00 03 c2 b0 43'],
  ['温度', '00 06 e6 b8 a9 e5 ba a6'],
  ['💡', '00 04 f0 9f 92 a1'],
  ['\ufeffa', '00 04 ef bb bf 61'],
] as const;

const BROKEN = [
  ['00', 'the second byte of the length is missing'],
  ['00 02 74', 'the length says 2 bytes, and 1 is there'],
  ['00 01 c2', 'c2 begins a character of two bytes, and the string ends there [MQTT-1.5.3-1]'],
  ['00 02 c0 80', 'c0 80 is not UTF-8: it is a long form of U+0000 [MQTT-1.5.3-1]'],
  ['00 03 ed a0 80', 'ed a0 80 would be half a surrogate pair [MQTT-1.5.3-1]'],
  ['00 01 00', 'U+0000 is forbidden [MQTT-1.5.3-2]'],
] as const;

const long = 'a'.repeat(258);
const longBytes = Uint8Array.from([1, 2, ...new TextEncoder().encode(long)]);

export const checks: readonly Check<Answer>[] = [
  ...CASES.map(([text, hex]) => ({
    name: `writes ${inWords(text)}`,
    run: ({ encodeString }: Answer) => checkBytes(encodeString(text), bytesOf(hex), 'string'),
  })),
  {
    name: 'writes a length of 258 with its more significant byte first',
    run: ({ encodeString }) => checkBytes(encodeString(long), longBytes, 'string'),
  },
  ...(
    [
      ['a\0', 'U+0000 is forbidden [MQTT-1.5.3-2]'],
      ['\ud83d', 'half a surrogate pair has no UTF-8 [MQTT-1.5.3-1]'],
      ['°'.repeat(32_768), 'these are 65,536 bytes, one more than the length can say'],
    ] as const
  ).map(([text, why]) => ({
    name: `refuses to write ${text.length > 9 ? `${text.length} times "°"` : JSON.stringify(text)}`,
    run: ({ encodeString }: Answer) => checkThrows(() => encodeString(text), why),
  })),
  ...CASES.map(([text, hex]) => ({
    name: `reads ${inWords(text)}`,
    run: ({ decodeString }: Answer) => {
      const bytes = bytesOf(hex);
      checkValue(decodeString(bytes, 0), { text, next: bytes.length }, bytes, 'string');
    },
  })),
  {
    name: 'begins at the offset, and stops before what follows',
    run: ({ decodeString }) => {
      const bytes = bytesOf('30 05 00 01 74 68 69');
      checkValue(decodeString(bytes, 2), { text: 't', next: 5 }, bytes);
    },
  },
  {
    name: 'reads a length of 258',
    run: ({ decodeString }) => checkValue(decodeString(longBytes, 0), { text: long, next: 260 }, longBytes, 'string'),
  },
  ...BROKEN.map(([hex, why]) => ({
    name: `refuses to read ${hex}`,
    run: ({ decodeString }: Answer) => checkThrows(() => decodeString(bytesOf(hex), 0), why, bytesOf(hex), 'string'),
  })),
];
