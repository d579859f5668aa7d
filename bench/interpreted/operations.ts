// What is counted: one call is one packet, encoded or decoded.
import { connect, Decoder, encode, encodeInto, puback, publish, subscribe } from '../../src/codec/codec.ts';

const topicOf = (i: number) => `/sys/a1B2c3D4e5F/device-${10_000 + i}/thing/service`; // 43 bytes
const payload = new Uint8Array(64);
const target = new Uint8Array(256);
const decoder = new Decoder();

const same = publish({ topic: topicOf(0), payload });
const acknowledgement = puback(1234);
const connection = connect({
  clientId: 'a1B2c3D4e5F.device-00001|securemode=2,signmethod=hmacsha256,timestamp=1700000000000|',
  keepAlive: 300,
  username: 'device-00001&a1B2c3D4e5F',
  password: payload,
});
const subscription = subscribe({
  packetId: 7,
  subscriptions: [{ topicFilter: '/sys/a1B2c3D4e5F/device-00001/#', qos: 1 }],
});
const [sameBytes, acknowledgementBytes, connectionBytes] = [encode(same), encode(acknowledgement), encode(connection)];

const decode = (bytes: Uint8Array) => {
  decoder.push(bytes);
  decoder.read();
};

/** Another topic in bytes that are there: five digits from offset 28 on. */
const otherBytes = (i: number) => {
  for (let digit = 4, rest = i; digit >= 0; digit--, rest = Math.floor(rest / 10))
    sameBytes[28 + digit] = 48 + (rest % 10);
  return sameBytes;
};

export const operations: Readonly<Record<string, (i: number) => void>> = {
  'the loop around them': () => {},
  'encodeInto PUBLISH, same topic': () => encodeInto(same, target),
  'encodeInto PUBLISH, topics never seen before': (i) => encodeInto(publish({ topic: topicOf(i), payload }), target),
  'encode PUBLISH, same topic': () => encode(same),
  'encode PUBACK': () => encode(acknowledgement),
  'encode CONNECT': () => encode(connection),
  'encode SUBSCRIBE': () => encode(subscription),
  'decode PUBLISH, same topic': () => decode(sameBytes),
  'decode PUBLISH, topics never seen before': (i) => decode(otherBytes(i)),
  'decode PUBACK': () => decode(acknowledgementBytes),
  'decode CONNECT': () => decode(connectionBytes),
};

/** As many calls of one operation. */
export function run(title: string, count: number): void {
  for (let i = 0; i < count; i++) operations[title]!(i);
}
