import { bytesOf, type Check, checkBytes, checkThrows } from '../check.ts';

interface Answer {
  encodeRemainingLength(length: number): Uint8Array;
}

const CASES = [
  [0, '00'],
  [5, '05'],
  [127, '7f'],
  [128, '80 01'],
  [321, 'c1 02'],
  [16_383, 'ff 7f'],
  [16_384, '80 80 01'],
  [2_097_151, 'ff ff 7f'],
  [2_097_152, '80 80 80 01'],
  [268_435_455, 'ff ff ff 7f'],
] as const;

export const checks: readonly Check<Answer>[] = [
  ...CASES.map(([length, hex]) => ({
    name: `writes ${length} as ${hex}`,
    run: ({ encodeRemainingLength }: Answer) => checkBytes(encodeRemainingLength(length), bytesOf(hex), 'length'),
  })),
  ...[268_435_456, -1, 1.5].map((length) => ({
    name: `refuses ${length}`,
    run: ({ encodeRemainingLength }: Answer) =>
      checkThrows(() => encodeRemainingLength(length), `${length} is not an integer from 0 to 268435455`),
  })),
];
