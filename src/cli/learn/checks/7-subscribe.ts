import { encode, subscribe } from '../../../codec/codec.ts';
import { bytesOf, type Check, checkBytes, checkThrows, checkValue } from '../check.ts';

type Subscribe = Parameters<typeof subscribe>[0];
interface Answer {
  encodeSubscribe(packet: Subscribe): Uint8Array;
  decodeSuback(bytes: Uint8Array): unknown;
}

const many = Array.from({ length: 20 }, (_, i) => ({ topicFilter: `room/${i}/#`, qos: 1 as const }));
const CASES: readonly (readonly [name: string, Subscribe])[] = [
  ['one topic filter', { packetId: 11, subscriptions: [{ topicFilter: 't', qos: 1 }] }],
  [
    'two topic filters, in their order',
    {
      packetId: 258,
      subscriptions: [
        { topicFilter: 'garden/#', qos: 2 },
        { topicFilter: '+/温度', qos: 0 },
      ],
    },
  ],
  ['twenty topic filters, so that the length takes two bytes', { packetId: 65_535, subscriptions: many }],
];

const LEGAL = [
  ['90 03 00 0b 01', { packetId: 11, returnCodes: [1] }],
  ['90 05 01 02 02 00 80', { packetId: 258, returnCodes: [2, 0, 128] }],
] as const;

const BROKEN = [
  ['90 03 00 0b 03', 'return code 3 is reserved [MQTT-3.9.3-2]'],
  ['90 04 00 0b 01 81', 'return code 81 is reserved [MQTT-3.9.3-2]'],
  ['90 02 00 0b', 'there is no return code'],
  ['90 03 00 00 01', 'the packet identifier must not be 0'],
  ['92 03 00 0b 01', 'the lower four bits of byte 0 must be 0 [MQTT-2.2.2-2]'],
] as const;

export const checks: readonly Check<Answer>[] = [
  ...CASES.map(([name, packet]) => ({
    name: `writes ${name}`,
    run: ({ encodeSubscribe }: Answer) => checkBytes(encodeSubscribe(packet), encode(subscribe(packet))),
  })),
  {
    name: 'refuses to write no topic filter',
    run: ({ encodeSubscribe }) =>
      checkThrows(
        () => encodeSubscribe({ packetId: 1, subscriptions: [] }),
        'a SUBSCRIBE has at least one topic filter [MQTT-3.8.3-3]',
      ),
  },
  ...LEGAL.map(([hex, expected]) => ({
    name: `reads ${hex}`,
    run: ({ decodeSuback }: Answer) => checkValue(decodeSuback(bytesOf(hex)), expected, bytesOf(hex)),
  })),
  ...BROKEN.map(([hex, why]) => ({
    name: `refuses ${hex}`,
    run: ({ decodeSuback }: Answer) => checkThrows(() => decodeSuback(bytesOf(hex)), why, bytesOf(hex)),
  })),
];
