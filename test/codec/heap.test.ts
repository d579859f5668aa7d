// No packet, legal or not, takes more heap than a small multiple of its bytes: a thread decodes it that has no more.
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { codecWorker } from '../support/codec-worker.ts';

vi.setConfig({ testTimeout: 60_000 });

/** In a thread: its outcome is what the decoder gave for a packet of one type, with an identifier and then a body. */
const DECODE = `
const frame = (firstByte, size, ...start) => {
  const bytes = new Uint8Array(5 + 2 + size);
  for (let i = 1, length = 2 + size; i < 5; i++, length >>= 7) bytes[i] = (length & 0x7f) | (i < 4 ? 0x80 : 0);
  bytes[0] = firstByte;
  bytes[6] = 1;
  bytes.set(start, 5);
  return bytes;
};
const repeat = (firstByte, size, item) => {
  const count = Math.floor(size / item.length);
  const bytes = frame(firstByte, count * item.length);
  for (let i = 0; i < count; i++) bytes.set(item, 7 + i * item.length);
  return bytes;
};
const filter = (text, ...qos) => {
  const utf8 = new TextEncoder().encode(text);
  return Uint8Array.of(utf8.length >> 8, utf8.length, ...utf8, ...qos);
};
const outcomeOf = (bytes, chunkSize) => {
  const decoder = new codec.Decoder();
  try {
    for (let i = 0; i < bytes.length; i += chunkSize) {
      decoder.push(bytes.slice(i, i + chunkSize));
      const packet = decoder.read();
      if (packet) return (packet.returnCodes ?? packet.subscriptions ?? packet.topicFilters).length;
    }
  } catch ({ clause }) {
    return clause;
  }
};
`;

async function decoded(megabytes: number, bytes: string): Promise<unknown> {
  const script = `${DECODE}parentPort.postMessage(outcomeOf(${bytes}, 0x1_0000));`;
  const [outcome] = await once(await codecWorker(script, megabytes), 'message');
  return outcome;
}

/** What a thread has on its heap before it does anything, and then some. */
const OWN = 8;

describe('a packet that comes in chunks', () => {
  it.each([
    ['a SUBACK of 4 MB', 'frame(0x90, 4e6)', 4e6, 8],
    ['a SUBACK of 4 MB that ends in a reserved code', 'frame(0x90, 4e6).fill(3, -1)', 'MQTT-3.9.3-2', 8],
    ['a SUBACK of 115 MB, which answers no SUBSCRIBE', 'frame(0x90, 115e6)', 'MQTT-3.8.4-5', 0],
    ['a SUBSCRIBE of 1 MB of tiny filters', 'repeat(0x82, 1e6, filter("a", 0))', 250_000, 20],
    ['a SUBSCRIBE of 4 MB of long filters', 'repeat(0x82, 4e6, filter("温度".repeat(1e4), 1))', 66, 2],
    ['a SUBSCRIBE of 4 MB of empty filters', 'repeat(0x82, 4e6, filter("", 0))', 'MQTT-4.7.3-1', 0],
    ['an UNSUBSCRIBE of 2 MB of tiny filters', 'repeat(0xa2, 2e6, filter("a"))', 666_666, 10],
    ['an UNSUBSCRIBE of 4 MB of long filters', 'repeat(0xa2, 4e6, filter("é".repeat(3e4)))', 66, 2],
    ['an UNSUBSCRIBE of 4 MB of empty filters', 'repeat(0xa2, 4e6, filter(""))', 'MQTT-4.7.3-1', 0],
    ['a CONNECT of 50 MB', 'frame(0x10, 5e7, 0, 4, 77, 81, 84, 84, 4, 2, 0, 0, 0, 1, 99)', '§2.2.3', 0],
  ])('takes a small multiple of its bytes: %s', async (name, bytes, outcome, multiple) => {
    const megabytes = Number(/(\d+) MB/.exec(name)![1]);
    expect(await decoded(OWN + multiple * megabytes, bytes)).toBe(outcome);
  });
});
