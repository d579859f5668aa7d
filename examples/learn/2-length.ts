import { encode, publish } from 'mqtt311/codec';
import { hex } from './show.ts';

for (const length of [10, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
  const payload = new Uint8Array(length - 3); // the topic takes three bytes
  const bytes = encode(publish({ topic: 't', payload }));
  console.log(length, hex(bytes.subarray(1, bytes.length - length)));
}
