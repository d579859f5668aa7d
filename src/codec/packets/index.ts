// 3 MQTT Control Packets: all of them, as one type and as two tables.
import { ProtocolError } from '../error.ts';
import { type AcknowledgementPacket, acknowledgementDecoder, acknowledgementEncoder } from './acknowledgement.ts';
import { type ConnackPacket, connackDecoder, connackEncoder } from './connack.ts';
import { type ConnectPacket, connectDecoder, connectEncoder } from './connect.ts';
import { type EmptyPacket, emptyDecoder, emptyEncoder } from './empty.ts';
import type { PacketDecoder, PacketEncoder } from './packet.ts';
import { type PublishPacket, publishDecoder, publishEncoder } from './publish.ts';
import { type SubackPacket, subackDecoder, subackEncoder } from './suback.ts';
import { type SubscribePacket, subscribeDecoder, subscribeEncoder } from './subscribe.ts';
import { type UnsubscribePacket, unsubscribeDecoder, unsubscribeEncoder } from './unsubscribe.ts';

export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | AcknowledgementPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | EmptyPacket;

export type EncoderTable = readonly (PacketEncoder<never> | undefined)[];

/** Table 2.1 for sending: `encoders[type - 1]`. */
export const encoders: EncoderTable = [
  connectEncoder,
  connackEncoder,
  publishEncoder,
  acknowledgementEncoder, // PUBACK
  acknowledgementEncoder, // PUBREC
  acknowledgementEncoder, // PUBREL
  acknowledgementEncoder, // PUBCOMP
  subscribeEncoder,
  subackEncoder,
  unsubscribeEncoder,
  acknowledgementEncoder, // UNSUBACK
  emptyEncoder, // PINGREQ
  emptyEncoder, // PINGRESP
  emptyEncoder, // DISCONNECT
];

/** The same for a client, which need not know how to write what only a server sends. */
export const clientEncoders: EncoderTable = [
  connectEncoder,
  undefined, // CONNACK
  publishEncoder,
  acknowledgementEncoder, // PUBACK
  acknowledgementEncoder, // PUBREC
  acknowledgementEncoder, // PUBREL
  acknowledgementEncoder, // PUBCOMP
  subscribeEncoder,
  undefined, // SUBACK
  unsubscribeEncoder,
  undefined, // UNSUBACK
  emptyEncoder, // PINGREQ
  undefined, // PINGRESP
  emptyEncoder, // DISCONNECT
];

/** Table 2.1 for receiving: `decoders[type - 1]`. */
export const decoders: readonly PacketDecoder<Packet>[] = [
  connectDecoder,
  connackDecoder,
  publishDecoder,
  acknowledgementDecoder, // PUBACK
  acknowledgementDecoder, // PUBREC
  acknowledgementDecoder, // PUBREL
  acknowledgementDecoder, // PUBCOMP
  subscribeDecoder,
  subackDecoder,
  unsubscribeDecoder,
  acknowledgementDecoder, // UNSUBACK
  emptyDecoder, // PINGREQ
  emptyDecoder, // PINGRESP
  emptyDecoder, // DISCONNECT
];

const refusedDecoder: PacketDecoder<never> = {
  check: () => 0,
  read(_reader, firstByte) {
    throw new ProtocolError('§2.2.1', `a server never sends packet type ${firstByte >> 4}`);
  },
};

/** The same for a client, which need not know how to read what only a client sends. */
export const serverDecoders: readonly PacketDecoder<Packet>[] = [
  refusedDecoder, // CONNECT
  connackDecoder,
  publishDecoder,
  acknowledgementDecoder, // PUBACK
  acknowledgementDecoder, // PUBREC
  acknowledgementDecoder, // PUBREL
  acknowledgementDecoder, // PUBCOMP
  refusedDecoder, // SUBSCRIBE
  subackDecoder,
  refusedDecoder, // UNSUBSCRIBE
  acknowledgementDecoder, // UNSUBACK
  refusedDecoder, // PINGREQ
  emptyDecoder, // PINGRESP
  refusedDecoder, // DISCONNECT
];
