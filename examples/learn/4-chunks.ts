import { Decoder, encode, pingresp, publish } from 'mqtt311/codec';
import { hex, line } from './show.ts';

const message = publish({ topic: 't', payload: Uint8Array.of(0x68, 0x69), qos: 1, packetId: 10 });
const stream = Uint8Array.of(...encode(message), ...encode(pingresp()), ...encode(message));

const decoder = new Decoder();
for (let i = 0; i < stream.length; i += 5) {
  const chunk = stream.subarray(i, i + 5);
  console.log(`push ${hex(chunk)}`);
  decoder.push(chunk);
  for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) console.log(`     ${line(packet)}`);
  if (decoder.bufferedBytes > 0) console.log(`     ${decoder.bufferedBytes} bytes are kept`);
}
