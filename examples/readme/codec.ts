import { Decoder, decode, encode, publish } from 'mqtt311/codec';

const bytes = encode(publish({ topic: 'a/b', payload: Uint8Array.of(1, 2, 3), qos: 1, packetId: 10 }));
console.log(decode(bytes));

const decoder = new Decoder({ maxPacketSize: 1_048_576 });
decoder.push(bytes.subarray(0, 4)); // packets may be cut anywhere
console.log(decoder.read()); // more is needed
decoder.push(bytes.subarray(4));
console.log(decoder.read()?.type); // its payload is a view of what was pushed, or of a copy when it came in pieces
