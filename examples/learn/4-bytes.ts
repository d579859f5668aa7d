import { Decoder, encode, pingresp, publish } from 'mqtt311/codec';
import { line } from './show.ts';

const message = publish({ topic: 't', payload: Uint8Array.of(0x68, 0x69), qos: 1, packetId: 10 });
const stream = Uint8Array.of(...encode(message), ...encode(pingresp()), ...encode(message));

const decoder = new Decoder();
stream.forEach((_, offset) => {
  decoder.push(stream.subarray(offset, offset + 1));
  const packet = decoder.read();
  if (packet !== undefined) console.log(`with the byte at ${offset}: ${line(packet)}`);
});
