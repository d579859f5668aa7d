import { bytesOf, type Check, checkBytes, checkThat, checkThrows, inWords } from '../check.ts';

interface Decoder {
  push(chunk: Uint8Array): Uint8Array[];
}
interface Answer {
  createDecoder(): Decoder;
}

const PACKETS = ['20 02 00 00', '30 05 00 01 74 68 69', 'd0 00', `32 c8 01 00 01 74 00 0a ${'78 '.repeat(195)}`];
const stream = bytesOf(PACKETS.join(' '));

/** Hands the chunks in, and compares all packets that come out. */
function checkChunks({ createDecoder }: Answer, chunks: readonly Uint8Array[], expected: readonly string[]): void {
  const decoder = createDecoder();
  const packets = chunks.flatMap((chunk) => pushed(decoder, chunk));
  expected.forEach((hex, i) => {
    const missing = { title: 'expected', kind: 'packets', bytes: bytesOf(hex), at: undefined } as const;
    checkThat(i < packets.length, `packet ${i} did not come out; ${packets.length} did`, [missing]);
    checkBytes(packets[i], bytesOf(hex), 'packets', `packet ${i}`);
  });
  checkThat(packets.length === expected.length, `${packets.length} packets came out, and ${expected.length} went in`);
}

function pushed(decoder: Decoder, chunk: Uint8Array): Uint8Array[] {
  const packets: unknown = decoder.push(chunk);
  checkThat(Array.isArray(packets), `push must return an array of packets, and returned ${inWords(packets)}`);
  return packets;
}

const cut = (size: number) =>
  Array.from({ length: Math.ceil(stream.length / size) }, (_, i) => stream.slice(i * size, (i + 1) * size));

export const checks: readonly Check<Answer>[] = [
  { name: 'returns a packet that comes alone', run: (answer) => checkChunks(answer, [bytesOf('d0 00')], ['d0 00']) },
  { name: 'returns four packets that come in one chunk', run: (answer) => checkChunks(answer, [stream], PACKETS) },
  ...[1, 2, 3, 7].map((size) => ({
    name: `returns four packets that come in chunks of ${size}`,
    run: (answer: Answer) => checkChunks(answer, cut(size), PACKETS),
  })),
  {
    name: 'returns a packet as soon as it is whole, and keeps the rest',
    run: ({ createDecoder }) => {
      const decoder = createDecoder();
      const first = pushed(decoder, bytesOf('c0 00 30'));
      checkThat(first.length === 1, `after c0 00 30, one packet is whole, and ${first.length} came out`);
      const second = pushed(decoder, bytesOf('05 00 01 74 68 69'));
      checkBytes(second[0], bytesOf('30 05 00 01 74 68 69'), 'packets', 'the second packet');
    },
  },
  { name: 'returns nothing for an empty chunk', run: (answer) => checkChunks(answer, [bytesOf('')], []) },
  {
    name: 'keeps its packets when the chunk is written to again',
    run: ({ createDecoder }) => {
      const decoder = createDecoder();
      const chunk = bytesOf('30 05 00 01 74 68 69 30');
      const [packet] = pushed(decoder, chunk);
      chunk.fill(0xff);
      checkBytes(
        packet,
        bytesOf('30 05 00 01 74 68 69'),
        'packets',
        'the packet, after ff was written over the chunk,',
      );
      const [next] = pushed(decoder, bytesOf('03 00 01 74'));
      checkBytes(next, bytesOf('30 03 00 01 74'), 'packets', 'the next packet, whose first byte came with that chunk,');
    },
  },
  {
    name: 'keeps two decoders apart',
    run: ({ createDecoder }) => {
      const [one, other] = [createDecoder(), createDecoder()];
      pushed(one, bytesOf('30 03 00'));
      checkBytes(pushed(other, bytesOf('c0 00'))[0], bytesOf('c0 00'), 'packets', 'the packet of the other decoder');
    },
  },
  {
    name: 'waits for the bytes that a length announces, whatever it is',
    run: (answer) => checkChunks(answer, [bytesOf('30 ff ff ff 7f 00 01 74')], []),
  },
  {
    name: 'refuses a Remaining Length of five bytes',
    run: ({ createDecoder }) => {
      const bytes = bytesOf('30 ff ff ff ff');
      checkThrows(() => createDecoder().push(bytes), 'byte 4 says that a fifth byte of the length follows', bytes);
    },
  },
];
