import { encode, publish } from '../../../codec/codec.ts';
import { bytesOf, type Check, checkBytes, checkThrows, checkValue } from '../check.ts';

interface Publish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly packetId: number;
}
interface Answer {
  encodePublish(packet: Publish): Uint8Array;
  decodePublish(bytes: Uint8Array): unknown;
}

const qos0: Publish = { topic: 't', payload: bytesOf('68 69'), qos: 0, retain: false, dup: false, packetId: 0 };
const qos1: Publish = { ...qos0, qos: 1, packetId: 10 };

const CASES: readonly (readonly [name: string, Publish])[] = [
  ['a message of QoS 0', qos0],
  ['a message of QoS 0, retained', { ...qos0, retain: true }],
  ['an empty message', { ...qos0, payload: bytesOf('') }],
  ['a topic that is not ASCII', { ...qos0, topic: 'garden/温度' }],
  ['a message of QoS 1', qos1],
  ['a message of QoS 1, sent again', { ...qos1, dup: true }],
  ['a packet identifier of 65,535', { ...qos1, packetId: 65_535, payload: bytesOf('') }],
  ['a message of 200 bytes', { ...qos1, payload: new Uint8Array(200).fill(7) }],
];

const BROKEN = [
  ['36 07 00 01 74 00 0a 68 69', 'a QoS of 3 does not exist [MQTT-3.3.1-4]'],
  ['38 05 00 01 74 68 69', 'DUP must be 0 at QoS 0 [MQTT-3.3.1-2]'],
  ['32 05 00 01 74 00 00', 'the packet identifier must not be 0 [MQTT-2.3.1-1]'],
  ['32 04 00 01 74 00', 'the second byte of the packet identifier is missing'],
  ['30 03 00 02 74', 'the topic does not end inside the packet'],
] as const;

export const checks: readonly Check<Answer>[] = [
  ...CASES.map(([name, packet]) => ({
    name: `writes ${name}`,
    run: ({ encodePublish }: Answer) => checkBytes(encodePublish(packet), encode(publish(packet))),
  })),
  ...CASES.map(([name, packet]) => ({
    name: `reads ${name}`,
    run: ({ decodePublish }: Answer) => {
      const bytes = encode(publish(packet));
      checkValue(decodePublish(bytes.slice()), packet, bytes);
    },
  })),
  ...BROKEN.map(([hex, why]) => ({
    name: `refuses ${hex}`,
    run: ({ decodePublish }: Answer) => checkThrows(() => decodePublish(bytesOf(hex)), why, bytesOf(hex)),
  })),
];
