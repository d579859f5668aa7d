import { bytesOf, type Check, checkThrows, checkValue } from '../check.ts';

interface Answer {
  decodeRemainingLength(bytes: Uint8Array, offset: number): unknown;
}

const CASES = [
  ['00', 0],
  ['7f', 127],
  ['80 01', 128],
  ['c1 02', 321],
  ['ff 7f', 16_383],
  ['80 80 01', 16_384],
  ['80 80 80 01', 2_097_152],
  ['ff ff ff 7f', 268_435_455],
  ['85 00', 5],
] as const;

export const checks: readonly Check<Answer>[] = [
  ...CASES.map(([hex, length]) => ({
    name: `reads ${hex} as ${length}`,
    run: ({ decodeRemainingLength }: Answer) => {
      const bytes = bytesOf(hex);
      checkValue(decodeRemainingLength(bytes, 0), { length, next: bytes.length }, bytes, 'length');
    },
  })),
  {
    name: 'begins at the offset, and stops before what follows',
    run: ({ decodeRemainingLength }) => {
      const bytes = bytesOf('30 05 00 01 74 68 69');
      checkValue(decodeRemainingLength(bytes, 1), { length: 5, next: 2 }, bytes);
    },
  },
  ...['', '80', 'ff ff ff'].map((hex) => ({
    name: `returns undefined for ${hex || 'no byte'}, since more must come`,
    run: ({ decodeRemainingLength }: Answer) =>
      checkValue(decodeRemainingLength(bytesOf(hex), 0), undefined, bytesOf(hex), 'length'),
  })),
  ...['ff ff ff ff', '80 80 80 80 01'].map((hex) => ({
    name: `refuses ${hex}`,
    run: ({ decodeRemainingLength }: Answer) =>
      checkThrows(
        () => decodeRemainingLength(bytesOf(hex), 0),
        'byte 3 is the fourth one, and says that another one follows',
        bytesOf(hex),
        'length',
      ),
  })),
];
