// 3 MQTT Control Packets: all of them, as one type and as one list.
import { refuse } from '../error.ts';
import { type AcknowledgementPacket, readAcknowledgement } from './acknowledgement.ts';
import { type ConnackPacket, putConnack, readConnack } from './connack.ts';
import { type ConnectPacket, putConnect, readConnect } from './connect.ts';
import { type EmptyPacket, putEmpty, readEmpty } from './empty.ts';
import { type PutBody, putPacketId, type ReadBody } from './packet.ts';
import { type PublishPacket, putPublish, readPublish } from './publish.ts';
import { putSuback, readSuback, type SubackPacket } from './suback.ts';
import { putSubscribe, readSubscribe, type SubscribePacket } from './subscribe.ts';
import { putUnsubscribe, readUnsubscribe, type UnsubscribePacket } from './unsubscribe.ts';

export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | AcknowledgementPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | EmptyPacket;

// Table 2.1: `PUT[type]` and `READ[type]`. Five types share the body of an acknowledgement, three have none, and there
// is no type 0.

/** How each type's body is checked, measured and written. */
// biome-ignore format: in the order of the types
export const PUT: readonly PutBody<never>[] = [
  putEmpty, putConnect, putConnack, putPublish,
  putPacketId, putPacketId, putPacketId, putPacketId,
  putSubscribe, putSuback, putUnsubscribe, putPacketId,
  putEmpty, putEmpty, putEmpty,
];

/** How each type's body is read. */
// biome-ignore format: in the order of the types
export const READ: readonly ReadBody<Packet>[] = [
  readEmpty, readConnect, readConnack, readPublish,
  readAcknowledgement, readAcknowledgement, readAcknowledgement, readAcknowledgement,
  readSubscribe, readSuback, readUnsubscribe, readAcknowledgement,
  readEmpty, readEmpty, readEmpty,
];

/** The same for a client, so that its bundle goes without readers of what it never receives. */
// biome-ignore format: in the order of the types
export const READ_FROM_SERVER: readonly ReadBody<Packet>[] = [
  refuseType, refuseType, readConnack, readPublish,
  readAcknowledgement, readAcknowledgement, readAcknowledgement, readAcknowledgement,
  refuseType, readSuback, refuseType, readAcknowledgement,
  refuseType, readEmpty, refuseType,
];

/** Throws ProtocolError for a packet, by its first byte, that a server must not send. */
export function refuseType(firstByte: number): never {
  refuse('§2.2.1', 'a server', `send packet type ${firstByte >> 4} here`);
}
