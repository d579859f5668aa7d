import {
  connack,
  connect,
  disconnect,
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
} from '../../src/codec/codec.ts';
import { bytes } from './hex.ts';

/** One packet, as an object and as its only encoding. */
export interface Vector {
  readonly title: string;
  readonly hex: string;
  readonly packet: Packet;
}

const ascii = (text: string) => new Uint8Array(text.split('').map((character) => character.charCodeAt(0)));
const nothing = new Uint8Array(0);

export const vectors: readonly Vector[] = [
  {
    title: 'a CONNECT with nothing but a client id',
    hex: '10 0d  00 04 4d 51 54 54 04 02 00 3c  00 01 61',
    packet: connect({ clientId: 'a' }),
  },
  {
    title: 'a CONNECT with an empty client id, keep alive off',
    hex: '10 0c  00 04 4d 51 54 54 04 02 00 00  00 00',
    packet: connect({ clientId: '', keepAlive: 0 }),
  },
  {
    title: 'a CONNECT for a kept session, longest keep alive',
    hex: '10 0d  00 04 4d 51 54 54 04 00 ff ff  00 01 61',
    packet: connect({ clientId: 'a', cleanSession: false, keepAlive: 65_535 }),
  },
  {
    title: 'a CONNECT with a user name',
    hex: '10 10  00 04 4d 51 54 54 04 82 00 3c  00 01 61  00 01 75',
    packet: connect({ clientId: 'a', username: 'u' }),
  },
  {
    title: 'a CONNECT with an empty user name and an empty password',
    hex: '10 11  00 04 4d 51 54 54 04 c2 00 3c  00 01 61  00 00  00 00',
    packet: connect({ clientId: 'a', username: '', password: nothing }),
  },
  {
    title: 'a CONNECT with a password that is no text',
    hex: '10 15  00 04 4d 51 54 54 04 c2 00 3c  00 01 61  00 01 75  00 03 00 ff c0',
    packet: connect({ clientId: 'a', username: 'u', password: bytes('00 ff c0') }),
  },
  {
    title: 'a CONNECT with an empty will of QoS 0',
    hex: '10 12  00 04 4d 51 54 54 04 06 00 3c  00 01 61  00 01 77  00 00',
    packet: connect({ clientId: 'a', will: { topic: 'w', payload: nothing, qos: 0, retain: false } }),
  },
  {
    title: 'a CONNECT with a retained will of QoS 1',
    hex: '10 13  00 04 4d 51 54 54 04 2e 00 3c  00 01 61  00 01 77  00 01 00',
    packet: connect({ clientId: 'a', will: { topic: 'w', payload: bytes('00'), qos: 1, retain: true } }),
  },
  {
    title: 'a CONNECT with everything, in its order [MQTT-3.1.3-1]',
    hex: '10 1d  00 04 4d 51 54 54 04 f6 01 2c  00 02 69 64  00 02 77 74  00 02 77 6d  00 01 75  00 02 70 77',
    packet: connect({
      clientId: 'id',
      keepAlive: 300,
      username: 'u',
      password: ascii('pw'),
      will: { topic: 'wt', payload: ascii('wm'), qos: 2, retain: true },
    }),
  },
  { title: 'a CONNACK that accepts', hex: '20 02  00 00', packet: connack() },
  {
    title: 'a CONNACK that accepts, with a session',
    hex: '20 02  01 00',
    packet: connack({ sessionPresent: true }),
  },
  ...([1, 2, 3, 4, 5] as const).map((returnCode) => ({
    title: `a CONNACK that refuses with code ${returnCode}`,
    hex: `20 02  00 0${returnCode}`,
    packet: connack({ returnCode }),
  })),
  {
    title: 'a PUBLISH of QoS 0',
    hex: '30 05  00 01 74  68 69',
    packet: publish({ topic: 't', payload: ascii('hi') }),
  },
  {
    title: 'a PUBLISH with nothing in it, retained: it removes what was retained',
    hex: '31 03  00 01 74',
    packet: publish({ topic: 't', payload: nothing, retain: true }),
  },
  {
    title: 'a PUBLISH of QoS 1 with the smallest identifier',
    hex: '32 06  00 01 74  00 01  00',
    packet: publish({ topic: 't', payload: bytes('00'), qos: 1, packetId: 1 }),
  },
  {
    title: 'a PUBLISH of QoS 1, sent again, retained',
    hex: '3b 06  00 01 74  12 34  ff',
    packet: publish({ topic: 't', payload: bytes('ff'), qos: 1, packetId: 0x1234, dup: true, retain: true }),
  },
  {
    title: 'a PUBLISH of QoS 2 with the largest identifier',
    hex: '34 05  00 01 74  ff ff',
    packet: publish({ topic: 't', payload: nothing, qos: 2, packetId: 65_535 }),
  },
  {
    title: 'a PUBLISH of QoS 2, sent again',
    hex: '3c 07  00 03 61 2f 62  00 0a',
    packet: publish({ topic: 'a/b', payload: nothing, qos: 2, packetId: 10, dup: true }),
  },
  {
    title: 'a PUBLISH to a topic of one, two, three and four byte characters and a byte order mark',
    hex: '30 0f  00 0d  ef bb bf 24 c2 a2 e2 82 ac f0 9f 98 80',
    packet: publish({ topic: '\ufeff$¢€😀', payload: nothing }),
  },
  {
    title: 'a PUBLISH to a topic of control characters and non-characters, which 1.5.3 leaves to the receiver',
    hex: '30 07  00 05  01 7f ef bf bf',
    packet: publish({ topic: '\u0001\u007f\uffff', payload: nothing }),
  },
  { title: 'a PUBACK', hex: '40 02  00 01', packet: puback(1) },
  { title: 'a PUBREC', hex: '50 02  01 00', packet: pubrec(256) },
  { title: 'a PUBREL', hex: '62 02  ff ff', packet: pubrel(65_535) },
  { title: 'a PUBCOMP', hex: '70 02  00 ff', packet: pubcomp(255) },
  {
    title: 'a SUBSCRIBE to one filter',
    hex: '82 06  00 01  00 01 74 00',
    packet: subscribe({ packetId: 1, subscriptions: [{ topicFilter: 't', qos: 0 }] }),
  },
  {
    title: 'a SUBSCRIBE to three filters, each with its QoS',
    hex: '82 14  ff ff  00 03 61 2f 2b 01  00 01 23 02  00 05 2b 2f 62 2f 23 00',
    packet: subscribe({
      packetId: 65_535,
      subscriptions: [
        { topicFilter: 'a/+', qos: 1 },
        { topicFilter: '#', qos: 2 },
        { topicFilter: '+/b/#', qos: 0 },
      ],
    }),
  },
  { title: 'a SUBACK with one code', hex: '90 03  00 01  00', packet: suback({ packetId: 1, returnCodes: [0] }) },
  {
    title: 'a SUBACK with all four codes',
    hex: '90 06  12 34  80 02 01 00',
    packet: suback({ packetId: 0x1234, returnCodes: [0x80, 2, 1, 0] }),
  },
  {
    title: 'an UNSUBSCRIBE from one filter',
    hex: 'a2 05  00 01  00 01 74',
    packet: unsubscribe({ packetId: 1, topicFilters: ['t'] }),
  },
  {
    title: 'an UNSUBSCRIBE from two filters',
    hex: 'a2 0b  01 00  00 01 23  00 04 2b 2f c3 a9',
    packet: unsubscribe({ packetId: 256, topicFilters: ['#', '+/é'] }),
  },
  { title: 'an UNSUBACK', hex: 'b0 02  00 01', packet: unsuback(1) },
  { title: 'a PINGREQ', hex: 'c0 00', packet: pingreq() },
  { title: 'a PINGRESP', hex: 'd0 00', packet: pingresp() },
  { title: 'a DISCONNECT', hex: 'e0 00', packet: disconnect() },
];

/** A server has to answer it, and no client may send it [MQTT-3.1.3-8]. */
export const isForServersAlone = (packet: Packet): boolean =>
  packet.type === 1 && packet.clientId === '' && !packet.cleanSession;
