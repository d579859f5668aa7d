import { encode, publish, pubrel } from '../../../codec/codec.ts';
import { bytesOf, type Check, checkBytes, checkThat, checkValue, hexOf } from '../check.ts';

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}
interface Answer {
  createReceiver(deliver: (message: Message) => void): { receive(bytes: Uint8Array): Uint8Array };
}

const payload = bytesOf('68 69');
const PUBLISH = (packetId: number, dup = false) => encode(publish({ topic: 't', payload, qos: 2, dup, packetId }));
const PUBREL = (packetId: number) => encode(pubrel(packetId));

/** What comes in, what has to be answered, and how many messages must have been delivered since the beginning. */
type Step = readonly [received: Uint8Array, answer: string, delivered: number];

const CASES: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  ['delivers a message, and answers PUBREC', [[PUBLISH(10), '50 02 00 0a', 1]]],
  [
    'answers PUBREL with PUBCOMP, and delivers nothing more',
    [
      [PUBLISH(258), '50 02 01 02', 1],
      [PUBREL(258), '70 02 01 02', 1],
    ],
  ],
  [
    'answers PUBREC to a message that comes again, and does not deliver it again',
    [
      [PUBLISH(10), '50 02 00 0a', 1],
      [PUBLISH(10, true), '50 02 00 0a', 1],
      [PUBLISH(10, true), '50 02 00 0a', 1],
      [PUBREL(10), '70 02 00 0a', 1],
    ],
  ],
  ['delivers a message whose first copy was lost: its DUP is set', [[PUBLISH(10, true), '50 02 00 0a', 1]]],
  [
    'delivers the next message with an identifier that PUBREL has freed',
    [
      [PUBLISH(10), '50 02 00 0a', 1],
      [PUBREL(10), '70 02 00 0a', 1],
      [PUBLISH(10), '50 02 00 0a', 2],
    ],
  ],
  [
    'answers a PUBREL that comes again',
    [
      [PUBLISH(10), '50 02 00 0a', 1],
      [PUBREL(10), '70 02 00 0a', 1],
      [PUBREL(10), '70 02 00 0a', 1],
    ],
  ],
  ['answers a PUBREL that it knows nothing of', [[PUBREL(7), '70 02 00 07', 0]]],
  [
    'delivers two messages that are the same, with two identifiers, and keeps them apart',
    [
      [PUBLISH(1), '50 02 00 01', 1],
      [PUBLISH(2), '50 02 00 02', 2],
      [PUBREL(1), '70 02 00 01', 2],
      [PUBLISH(2, true), '50 02 00 02', 2],
      [PUBLISH(1), '50 02 00 01', 3],
    ],
  ],
];

export const checks: readonly Check<Answer>[] = CASES.map(([name, steps]) => ({
  name,
  run: ({ createReceiver }) => {
    const delivered: Message[] = [];
    const receiver = createReceiver((message) => {
      delivered.push(message);
    });
    const received: Uint8Array[] = [];
    for (const [bytes, answer, count] of steps) {
      received.push(bytes);
      const all = Uint8Array.from(received.flatMap((packet) => [...packet]));
      checkBytes(receiver.receive(bytes.slice()), bytesOf(answer), 'packets', `the answer to <${hexOf(bytes)}>`);
      checkThat(
        delivered.length === count,
        `deliver was called ${delivered.length} times after these packets, and should be ${count}`,
        [{ title: 'received', kind: 'packets', bytes: all, at: all.length - bytes.length }],
      );
      for (const message of delivered) checkValue(message, { topic: 't', payload }, bytes);
    }
  },
}));
