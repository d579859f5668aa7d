import { bytesOf, type Check, checkThrows, checkValue } from '../check.ts';

interface Answer {
  decodeConnack(bytes: Uint8Array): unknown;
}

const LEGAL = [
  ['20 02 00 00', { sessionPresent: false, returnCode: 0 }],
  ['20 02 01 00', { sessionPresent: true, returnCode: 0 }],
  ['20 02 00 01', { sessionPresent: false, returnCode: 1 }],
  ['20 02 00 05', { sessionPresent: false, returnCode: 5 }],
] as const;

const BROKEN = [
  ['20 02 02 00', 'bit 1 of byte 2 is reserved'],
  ['20 02 81 00', 'bit 7 of byte 2 is reserved'],
  ['20 02 00 06', 'return code 6 is reserved'],
  ['20 02 01 05', 'a refusal must not say that a session is present [MQTT-3.2.2-4]'],
  ['21 02 00 00', 'the lower four bits of byte 0 must be 0 [MQTT-2.2.2-2]'],
  ['20 03 00 00 00', 'its Remaining Length is 2'],
  ['20 02 00', 'the return code is missing'],
  ['20 02 00 00 00', 'byte 4 is not of this packet'],
  ['40 02 00 01', 'it is a PUBACK'],
] as const;

export const checks: readonly Check<Answer>[] = [
  ...LEGAL.map(([hex, expected]) => ({
    name: `reads ${hex}`,
    run: ({ decodeConnack }: Answer) => checkValue(decodeConnack(bytesOf(hex)), expected, bytesOf(hex)),
  })),
  ...BROKEN.map(([hex, why]) => ({
    name: `refuses ${hex}`,
    run: ({ decodeConnack }: Answer) => checkThrows(() => decodeConnack(bytesOf(hex)), why, bytesOf(hex)),
  })),
];
