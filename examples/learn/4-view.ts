import { Decoder, encode, PacketType, publish } from 'mqtt311/codec';

const bytes = encode(publish({ topic: 't', payload: new Uint8Array(1000) }));

function isView(...chunks: Uint8Array[]): boolean {
  const decoder = new Decoder();
  for (const chunk of chunks) {
    decoder.push(chunk);
    const packet = decoder.read();
    if (packet?.type === PacketType.PUBLISH) return packet.payload.buffer === chunk.buffer;
  }
  throw new Error('no packet');
}

console.log('whole in one chunk:', isView(bytes));
console.log('cut in two:', isView(bytes.subarray(0, 500), bytes.subarray(500)));
