import { Decoder, encode, publish } from 'mqtt311/codec';

const payload = Uint8Array.of(0x68, 0x69);
const bytes = encode(publish({ topic: 't', payload, qos: 1, packetId: 10 })); // throws at what the standard forbids
const decoder = new Decoder();
decoder.push(bytes.subarray(0, 4)); // packets may be cut anywhere
if (decoder.read() === undefined) decoder.push(bytes.subarray(4));
console.log(decoder.read()?.type);
