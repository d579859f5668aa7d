// After a CONNECT was encoded or decoded, nothing of the codec holds its user name: the whole heap is searched.
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { connect, decode, encode } from '../../src/codec/codec.ts';
import { codecWorker } from '../support/codec-worker.ts';

// Names are put together only when the script runs, so that its own text does not hold them. The engine keeps the text
// of the last match of a regular expression, hence one more match.
const START = `
const nameOf = (start) => ['a', 'b', 'c', 'd'].map((end) => start + end).join('/');
const kept = nameOf('kept');
const packetOf = (fields) => codec.connect({ clientId: 'c', username: nameOf('secret'), ...fields });
const password = new Uint8Array(3);
const unlessThrown = (act) => {
  try {
    act();
  } catch {}
};
for (let i = 0; i < 100; i++) { // one text in sixteen is remembered
  use();
  codec.encode(codec.publish({ topic: 'a/topic', payload: password }));
  use();
}
/x/.exec('x');
parentPort.postMessage(kept.length);
setInterval(() => kept, 1_000);
function use() {`;

async function heapAfter(use: string): Promise<string> {
  const worker = await codecWorker(`${START}${use}}`);
  await once(worker, 'message');
  let heap = '';
  for await (const chunk of await worker.getHeapSnapshot()) heap += chunk;
  await worker.terminate();
  return heap;
}

describe('a user name is in nothing that the codec remembers', () => {
  it.each([
    ['encoded', 'codec.encode(packetOf({ password }))'],
    ['measured', 'codec.encodedLength(packetOf({ password }))'],
    ['encoded into an array', 'codec.encodeInto(packetOf(), new Uint8Array(1_000))'],
    ['refused, for its password,', 'unlessThrown(() => codec.encode(packetOf({ password: "no bytes" })))'],
    ['refused, for U+0000,', 'unlessThrown(() => codec.encode(packetOf({ username: nameOf("secret") + "\\0" })))'],
    ['decoded', 'codec.decode(codec.encode(packetOf({ password })))'],
    [
      'refused, being cut off,',
      'unlessThrown(() => codec.decode(codec.encode(packetOf({ password })).fill(9, -4, -3)))',
    ],
    [
      'decoded from a stream',
      `const decoder = new codec.Decoder();
      for (const byte of codec.encode(packetOf({ password }))) {
        decoder.push(Uint8Array.of(byte));
        decoder.read();
      }`,
    ],
  ])('when its CONNECT was %s', async (_what, use) => {
    const heap = await heapAfter(use);
    expect(heap).toContain('kepta/keptb/keptc/keptd');
    expect(heap).not.toContain('secreta/secretb/secretc/secretd');
  });
});

describe('the bytes of a CONNECT', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;

  it('are let go of once they are decoded', async () => {
    const held = (() => {
      const bytes = encode(connect({ clientId: 'c', username: 'u', password: new Uint8Array(1_000) }));
      decode(bytes);
      return new WeakRef(bytes);
    })();
    await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds on until the job ends
    collect();
    expect(held.deref()).toBeUndefined();
  });
});
