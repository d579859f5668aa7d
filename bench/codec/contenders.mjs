// The codecs that are timed. An adapter turns our packets into a contender's own, once and before the clock starts, and back again,
// so that every contender proves equal bytes and equal fields before it is timed.
import { createRequire } from 'node:module';
import mqttPacket from 'mqtt-packet';
import { mqtt_pkt_ctx } from 'u8-mqtt-packet';
import mqtt_opts_v4 from 'u8-mqtt-packet/esm/codec_v4_full.js';
import { encode } from '../../dist/codec/codec.js';

const require = createRequire(import.meta.url);

const NAMES =
  'CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK PINGREQ PINGRESP DISCONNECT'
    .toLowerCase()
    .split(' ');
const bytesOf = (value) => value && new Uint8Array(value);

export const ours = (codec, name = 'mqtt311') => ({
  name,
  native: (packet) => packet,
  encode: codec.encode,
  encodeInto: codec.encodeInto,
  chunk: (bytes) => bytes,
  decoder(each) {
    const decoder = new codec.Decoder();
    return (chunk) => {
      decoder.push(chunk);
      for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) each(packet);
    };
  },
  packet: (native) => native,
});

// aedes and MQTT.js write and parse through this package
const mqttPacketNative = (packet) => ({
  cmd: NAMES[packet.type - 1],
  qos: packet.qos ?? (packet.type === 6 ? 1 : 0),
  dup: packet.dup,
  retain: packet.retain,
  topic: packet.topic,
  payload: packet.payload && Buffer.from(packet.payload),
  messageId: packet.packetId,
  clientId: packet.clientId,
  clean: packet.cleanSession,
  keepalive: packet.keepAlive,
  username: packet.username,
  password: packet.password && Buffer.from(packet.password),
  will: packet.will && { ...packet.will, payload: Buffer.from(packet.will.payload) },
  sessionPresent: packet.sessionPresent,
  returnCode: packet.returnCode,
  subscriptions: packet.subscriptions?.map(({ topicFilter, qos }) => ({ topic: topicFilter, qos })),
  granted: packet.returnCodes && [...packet.returnCodes],
  unsubscriptions: packet.topicFilters,
});

export const mqttPacketContender = {
  name: `mqtt-packet ${require('mqtt-packet/package.json').version}`,
  native: mqttPacketNative,
  encode: (packet) => mqttPacket.generate(packet),
  chunk: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  decoder(each) {
    const parser = mqttPacket.parser();
    parser.on('packet', each);
    parser.on('error', (error) => {
      throw error;
    });
    return (chunk) => parser.parse(chunk);
  },
  packet(p) {
    const type = NAMES.indexOf(p.cmd) + 1;
    const packetId = p.messageId;
    if (p.cmd === 'publish') {
      const { dup, qos, retain, topic } = p;
      return { type, dup, qos, retain, topic, packetId: packetId ?? 0, payload: bytesOf(p.payload) };
    }
    if (p.cmd === 'connect') {
      const will = p.will && { ...p.will, payload: bytesOf(p.will.payload) };
      const { clientId, clean, keepalive, username } = p;
      return {
        ...{ type, clientId, cleanSession: clean, keepAlive: keepalive },
        ...{ username, password: bytesOf(p.password), will },
      };
    }
    if (p.cmd === 'connack') return { type, sessionPresent: p.sessionPresent, returnCode: p.returnCode };
    if (p.cmd === 'subscribe') {
      const subscriptions = p.subscriptions.map(({ topic, qos }) => ({ topicFilter: topic, qos }));
      return { type, packetId, subscriptions };
    }
    if (p.cmd === 'suback') return { type, packetId, returnCodes: p.granted };
    if (p.cmd === 'unsubscribe') return { type, packetId, topicFilters: p.unsubscriptions };
    return packetId === undefined ? { type } : { type, packetId };
  },
};

/** The same package without an array at the end: its pieces go to a stream that forgets them. */
const nullStream = { write: () => true, destroy: (error) => error };
export const mqttPacketStream = {
  ...mqttPacketContender,
  name: 'mqtt-packet into a null stream',
  encode: undefined,
  decoder: undefined,
  stream: (packet) => mqttPacket.writeToStream(packet, nullStream),
};

const u8 = mqtt_pkt_ctx(4, mqtt_opts_v4, {});
export const u8MqttPacket = {
  name: `u8-mqtt-packet ${require('../../node_modules/u8-mqtt-packet/package.json').version}`,
  native: (packet) => ({
    type: NAMES[packet.type - 1],
    ...{ qos: packet.qos, dup: packet.dup, retain: packet.retain, topic: packet.topic },
    ...{ payload: packet.payload, pkt_id: packet.packetId },
    ...{ client_id: packet.clientId, keep_alive: packet.keepAlive, flags: { clean_start: packet.cleanSession } },
    ...{ username: packet.username, password: packet.password, will: packet.will },
    topics: packet.subscriptions?.map(({ topicFilter, qos }) => [topicFilter, { qos }]) ?? packet.topicFilters,
    answers: packet.returnCodes ?? [],
  }),
  encode: (packet) => u8.encode_pkt(packet.type, packet),
  chunk: (bytes) => bytes,
  decoder(each) {
    const { decode } = u8.mqtt_stream();
    return (chunk) => {
      for (const packet of decode(chunk)) each(packet);
    };
  },
  packet(p) {
    const type = p.id;
    if (p.type === 'publish') {
      const { dup, qos, retain, topic } = p;
      return { type, dup, qos, retain, topic, packetId: p.pkt_id ?? 0, payload: bytesOf(p.payload ?? []) };
    }
    if (p.type === 'subscribe') {
      const subscriptions = p.topics.map(({ topic, opts }) => ({ topicFilter: topic, qos: opts.qos }));
      return { type, packetId: p.pkt_id, subscriptions };
    }
    return p.pkt_id === undefined ? { type } : { type, packetId: p.pkt_id };
  },
};

/** No codec: the bytes of topic and payload are copied, and nothing else is done. What no codec can beat. */
export const bareCopy = {
  name: 'bare copy',
  isLimit: true,
  native: ({ topic, payload }) => ({ topic: new TextEncoder().encode(topic), payload }),
  encodeInto({ topic, payload }, target, offset) {
    target.set(topic, offset);
    target.set(payload, offset + topic.length);
    return offset + topic.length + payload.length;
  },
  encode({ topic, payload }) {
    const target = new Uint8Array(topic.length + payload.length);
    target.set(topic, 0);
    target.set(payload, topic.length);
    return target;
  },
  chunk: (bytes) => bytes,
  decoder(each, size) {
    let packet = new Uint8Array(size);
    let filled = 0;
    return (chunk) => {
      packet.set(chunk, filled);
      filled += chunk.length;
      if (filled < size) return;
      each(packet);
      packet = new Uint8Array(size);
      filled = 0;
    };
  },
};

/** No codec either: an array of the packet's size is made. What no `encode` of a small packet can beat. */
export const bareArray = {
  name: 'bare array',
  isLimit: true,
  native: (packet) => encode(packet).length,
  encode: (size) => new Uint8Array(size),
};
