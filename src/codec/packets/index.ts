// 3 MQTT Control Packets: all of them, as one type and as one list.
import { type AcknowledgementPacket, putAcknowledgement, readAcknowledgement } from './acknowledgement.ts';
import { type ConnackPacket, putConnack, readConnack } from './connack.ts';
import { type ConnectPacket, putConnect, readConnect } from './connect.ts';
import { type EmptyPacket, putEmpty, readEmpty } from './empty.ts';
import type { PutBody, ReadBody } from './packet.ts';
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

/**
 * Table 2.1: `list[type]`, made of one thing for each file beside this one. Five types share the body of an
 * acknowledgement, and three have none. There is no type 0.
 */
// biome-ignore format: one line
const table = <T>(connect: T, connack: T, publish: T, ack: T, subscribe: T, suback: T, unsubscribe: T, empty: T): T[] =>
  [empty, connect, connack, publish, ack, ack, ack, ack, subscribe, suback, unsubscribe, ack, empty, empty, empty];

/** How each type's body is checked, measured and written. */
export const PUT: readonly PutBody<never>[] = /* @__PURE__ */ table<PutBody<never>>(
  putConnect,
  putConnack,
  putPublish,
  putAcknowledgement,
  putSubscribe,
  putSuback,
  putUnsubscribe,
  putEmpty,
);

/** How each type's body is read. */
export const READ: readonly ReadBody<Packet>[] = /* @__PURE__ */ table<ReadBody<Packet>>(
  readConnect,
  readConnack,
  readPublish,
  readAcknowledgement,
  readSubscribe,
  readSuback,
  readUnsubscribe,
  readEmpty,
);
