// What is timed: packets, a direction, and the ratio to mqtt-packet that this project asks of itself.
import {
  connack,
  connect,
  disconnect,
  encode,
  pingreq,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
  unsuback,
  unsubscribe,
} from '../../dist/codec/codec.js';

const bytes = (length) => Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
// strings as they come from a parser or a file: flat, and not known to the engine as a constant
const flat = (text) => Buffer.from(text).toString();
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** 43 bytes, as on Alibaba Cloud IoT Platform. */
const topic = (i) => flat(`/sys/a1B2c3D4e5F/device-${String(i).padStart(5, '0')}/thing/service`);
const payload = bytes(64);
const message = (i) => publish({ topic: topic(i), payload });

const same = [message(0)];
const hundred = times(100, message);
const neverSeen = times(5_000, message); // more than any cache holds
const chinese = times(100, (i) =>
  publish({ topic: flat(`设备/温度传感器-${i % 10}${(i / 10) | 0}/状态/📈/值`), payload }),
);
const large = [publish({ topic: topic(0), payload: bytes(16_384) })];
const huge = [publish({ topic: topic(0), payload: bytes(2 * 1024 * 1024) })];
const connects = [
  connect({
    clientId: 'a1B2c3D4e5F.device-00001|securemode=2,signmethod=hmacsha256,timestamp=1700000000000|',
    keepAlive: 300,
    username: 'device-00001&a1B2c3D4e5F',
    password: bytes(64),
  }),
];
const subscribes = [
  subscribe({ packetId: 7, subscriptions: [{ topicFilter: '/sys/a1B2c3D4e5F/device-00001/#', qos: 1 }] }),
];
const mixed = [
  connect({ ...connects[0], will: { topic: 'status/lost', payload: bytes(10), qos: 1, retain: true } }),
  ...[connack(), message(0), publish({ topic: topic(1), payload, qos: 1, packetId: 9 })],
  ...[puback(9), pubrec(10), pubrel(10), pubcomp(10)],
  ...[subscribes[0], suback({ packetId: 7, returnCodes: [1] })],
  ...[unsubscribe({ packetId: 8, topicFilters: ['a/b/c'] }), unsuback(8), pingreq(), pingresp(), disconnect()],
];

/** Chunks with a given number of packets each. */
const perChunk = (count) => (packets) =>
  times(Math.ceil(packets.length / count), (i) => concat(packets.slice(i * count, (i + 1) * count).map(encode)));

/** Chunks with a given number of bytes, cut anywhere. */
const cutAt = (size) => (packets) => {
  const whole = concat(packets.map(encode));
  return times(Math.ceil(whole.length / size), (i) => whole.slice(i * size, (i + 1) * size));
};

function concat(arrays) {
  const whole = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    whole.set(array, offset);
    offset += array.length;
  }
  return whole;
}

const encoding = (title, packets, required, aim) => ({ title, way: 'encode', packets, required, aim });
const encodingInto = (title, packets, required, aim) => ({ title, way: 'encodeInto', packets, required, aim });

/** `copies` of `packets`, laid into chunks by `lay`. */
const decoding = (title, packets, copies, lay, required, aim) => ({
  ...{ title, way: 'decode', packets, copies, required, aim },
  chunks: lay(Array.from({ length: copies }, () => packets).flat()),
});

/** `required` and `aim`: how many times as fast as mqtt-packet. */
export const workloads = [
  encodingInto('PUBLISH, same topic', same, 10, 12),
  encodingInto('PUBLISH, 100 topics', hundred, 7, 9),
  encodingInto('PUBLISH of 16 KiB', large, 1, 1),
  encoding('PUBLISH, same topic', same, 6, 7.5),
  encoding('PUBLISH, 100 topics', hundred, 4.5, 6),
  encoding('PUBLISH, topics never seen before', neverSeen, 1.8, 2.5),
  encoding('PUBLISH, 100 topics in Chinese and emoji', chinese, 3, 6),
  encoding('PUBLISH of 16 KiB', large, 1, 1),
  encodingInto('PUBACK', [puback(1234)], 20, 40),
  encodingInto('PINGREQ', [pingreq()], 20, 40),
  encoding('PUBACK', [puback(1234)], 20, 40),
  encoding('PINGREQ', [pingreq()], 20, 40),
  encoding('CONNECT', connects, 4, 6),
  encoding('SUBSCRIBE', subscribes, 4, 6),
  encoding('all 14 types in turn', mixed, 4, 6),
  decoding('PUBLISH, 100 a chunk, same topic', same, 100, perChunk(100), 10, 13),
  decoding('PUBLISH, 100 a chunk, 100 topics', hundred, 1, perChunk(100), 8, 10),
  decoding('PUBLISH, 100 a chunk, topics never seen before', neverSeen, 1, perChunk(100), 3.5, 5),
  decoding('PUBLISH, 100 a chunk, Chinese and emoji', chinese, 1, perChunk(100), 3, 6),
  decoding('PUBLISH, one a chunk', hundred, 1, perChunk(1), 8, 11),
  decoding('PUBLISH, in chunks of 1,400 bytes', hundred, 10, cutAt(1_400), 5, 8),
  decoding('PUBLISH of 16 KiB, one a chunk', large, 1, perChunk(1), 1, 1),
  { ...decoding('PUBLISH of 2 MiB, in chunks of 1 KiB', huge, 1, cutAt(1024), 3, 4), isGathered: true },
  decoding('PUBACK, 100 a chunk', [puback(1234)], 100, perChunk(100), 20, 40),
  decoding('PINGREQ, 100 a chunk', [pingreq()], 100, perChunk(100), 20, 40),
  decoding('CONNECT', connects, 1, perChunk(1), 4, 6),
  decoding('SUBSCRIBE', subscribes, 1, perChunk(1), 4, 6),
  decoding('all 14 types in turn, 150 a chunk', mixed, 10, perChunk(150), 4, 6),
];

export { bytes, concat, message, perChunk };
