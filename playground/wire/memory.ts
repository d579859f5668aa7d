// What both ends remember, in a few words each.
import { type Packet, PacketType } from '../../src/codec/codec.ts';
import type { ServerSession } from '../../src/testing/session.ts';
import type { Broker } from '../../src/testing/testing.ts';
import { payloadOf } from '../words.ts';
import type { Device } from './device.ts';

/** What is remembered, by its kind. */
export type Memories = readonly (readonly [what: string, items: readonly string[]])[];

export function memoriesOfClient({ options, records, messages, state, cause, cleanSession }: Device): Memories {
  const kept = Array.from(records.values());
  const isQueued = (record: Packet) => record.type === PacketType.PUBLISH && record.packetId === 0;
  return [
    ['state', [cause === undefined || state === 'online' ? state : `${state}: ${cause.message}`]],
    ['session', [cleanSession ? 'clean: ends with the connection' : 'kept']],
    ['in flight', kept.filter((record) => !isQueued(record)).map(sentenceOf)],
    ['queued', kept.filter(isQueued).map(sentenceOf)],
    ...(options.topicFilter === undefined
      ? []
      : [['messages', messages.map(({ payload }) => payloadOf(payload))] as const]),
  ];
}

/** What the broker keeps for one client. */
export function memoriesOfBroker({ sessions, clients }: Broker, { options: { clientId } }: Device): Memories {
  const session = sessions.get(clientId);
  if (session === undefined) return [['session', ['none']]];
  const will = clients.get(clientId)?.will;
  const { received } = session as ServerSession;
  return [
    [
      'session',
      [`${session.cleanSession ? 'clean' : 'kept'}, ${session.isOnline ? 'connected' : 'the client is away'}`],
    ],
    ['subscriptions', Array.from(session.subscriptions, ([topicFilter, qos]) => `${topicFilter}, QoS ${qos}`)],
    ['in flight', [...Array.from(session.inflight.values(), sentenceOf), ...Array.from(received, receivedSentence)]],
    ['queued', session.queued.map(sentenceOf)],
    ['will', will === undefined ? [] : [`${will.topic}: ${payloadOf(will.payload)}`]],
  ];
}

export function retainedBy({ retained }: Broker): string[] {
  return Array.from(retained.values(), ({ topic, payload }) => `${topic}: ${payloadOf(payload)}`);
}

function sentenceOf(packet: Packet): string {
  if (packet.type === PacketType.PUBLISH) {
    const text = payloadOf(packet.payload);
    return packet.packetId === 0 ? `${text}, QoS ${packet.qos}` : `keeps ${packet.packetId}: sent PUBLISH, ${text}`;
  }
  if (packet.type === PacketType.PUBREC) return receivedSentence(packet.packetId);
  return packet.type === PacketType.PUBREL ? `keeps ${packet.packetId}: sent PUBREL` : '';
}

function receivedSentence(packetId: number): string {
  return `keeps ${packetId}: sent PUBREC`;
}
