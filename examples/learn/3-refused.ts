import { connect, decode, encode, type Packet, puback, publish, subscribe } from 'mqtt311/codec';

const payload = new Uint8Array(0);
const illegal: Packet[] = [
  connect({ clientId: 'lamp', password: Uint8Array.of(1) }), // a password, and no user name
  connect({ clientId: '', cleanSession: false }), // a session that nobody could find again
  publish({ topic: 'a/+', payload }), // a wildcard in a topic name
  publish({ topic: 'a', payload, dup: true }), // a repetition of what is never repeated
  subscribe({ packetId: 1, subscriptions: [] }), // a wish for nothing
  puback(0), // an answer to nothing
];
for (const packet of illegal)
  try {
    encode(packet);
  } catch (error) {
    console.log(`encode: ${error}`);
  }

for (const fromTheWire of [
  [0x36, 3, 0, 1, 0x61], // QoS 3
  [0x80, 6, 0, 1, 0, 1, 0x61, 0], // a SUBSCRIBE whose flags are not 0010
  [0x40, 3, 0, 1, 0], // a PUBACK with a byte too many
])
  try {
    decode(Uint8Array.from(fromTheWire));
  } catch (error) {
    console.log(`decode: ${error}`);
  }
