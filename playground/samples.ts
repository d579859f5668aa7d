// A packet of each type to begin with, and some streams of bytes worth a look.

import { toBytes } from '../src/client/message.ts';
import {
  connack,
  connect,
  disconnect,
  encode,
  type Packet,
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
} from '../src/codec/codec.ts';
import { hex } from './hex.ts';

const TOPIC = 'rooms/kitchen/temperature';
const payload = toBytes('21.5 °C', 'payload');
const will = { topic: 'devices/lamp/status', payload: toBytes('lost', 'payload'), qos: 1, retain: true } as const;

/** In the order of Table 2.1. */
export const packets: readonly Packet[] = [
  connect({ clientId: 'lamp', will, username: 'anna' }),
  connack(),
  publish({ topic: TOPIC, payload, qos: 1, packetId: 10 }),
  puback(10),
  pubrec(11),
  pubrel(11),
  pubcomp(11),
  subscribe({
    packetId: 12,
    subscriptions: [
      { topicFilter: 'rooms/+/temperature', qos: 1 },
      { topicFilter: 'alarms/#', qos: 2 },
    ],
  }),
  suback({ packetId: 12, returnCodes: [1, 0x80] }),
  unsubscribe({ packetId: 13, topicFilters: ['alarms/#'] }),
  unsuback(13),
  pingreq(),
  pingresp(),
  disconnect(),
];

const stream = [
  connect({ clientId: 'lamp' }),
  subscribe({ packetId: 1, subscriptions: [{ topicFilter: 'a/#', qos: 1 }] }),
];

/** What to explain, by name: hex. */
export const samples: readonly (readonly [name: string, hex: string])[] = [
  ['A CONNECT with a will', hex(encode(packets[0]!))],
  ['A PUBLISH with QoS 1', hex(encode(packets[2]!))],
  ['A SUBSCRIBE with two filters', hex(encode(packets[7]!))],
  ['CONNECT and SUBSCRIBE in a row', stream.map((packet) => hex(encode(packet))).join(' ')],
  ['A PUBLISH with a wildcard in its topic', '30 08 00 03 61 2f 2b 6f 6e 21'],
  ['A SUBSCRIBE with the flags of MQTT 3.1', '80 08 00 0b 00 03 61 2f 62 01'],
  ['A packet cut off in its topic', '30 1c 00 09 72 6f 6f 6d'],
  ['Text that is not UTF-8', '30 08 00 04 63 61 66 e9 68 69'],
];
