// 3.3 to 3.14: what a server does about each packet of a client that is connected.
import type { Packet, PublishPacket, SubackReturnCode, SubscribePacket, UnsubscribePacket } from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import {
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from '../codec/packets/packet.ts';
import type { Peer } from './peer.ts';
import { whenDone } from './server.ts';
import type { ServerSession } from './session.ts';
import { filterOf } from './subscription.ts';

/** Throws ProtocolError when the client must not send this packet. */
export function receive(peer: Peer, session: ServerSession, packet: Packet): void | Promise<void> {
  switch (packet.type) {
    case CONNECT:
      throw new ProtocolError('MQTT-3.1.0-2', 'a second CONNECT came');
    case PUBLISH:
      return publish(peer, session, packet);
    case PUBACK:
    case PUBREC:
    case PUBCOMP:
      return session.acknowledged(packet);
    case PUBREL:
      session.received.delete(packet.packetId);
      return peer.send({ type: PUBCOMP, packetId: packet.packetId }); // also for one that is unknown: its PUBCOMP may be lost
    case SUBSCRIBE:
      return subscribe(peer, session, packet);
    case UNSUBSCRIBE:
      return unsubscribe(peer, session, packet);
    case PINGREQ:
      return peer.send({ type: PINGRESP }); // [MQTT-3.12.4-1]
    case DISCONNECT:
      return peer.disconnected();
    default:
      throw new ProtocolError('§2.2.1', `packet type ${packet.type} is sent by servers alone`);
  }
}

/** 3.3.4 and 4.3: takes the message, passes it on, and answers as its QoS demands [MQTT-3.3.4-1]. */
function publish(peer: Peer, session: ServerSession, packet: PublishPacket): void | Promise<void> {
  const { qos, packetId } = packet;
  const answer = () => {
    if (qos > 0) peer.send({ type: qos === 1 ? PUBACK : PUBREC, packetId });
  };
  // Until its PUBREL, a QoS 2 message with this identifier is the same one again [MQTT-4.3.3-2].
  if (qos === 2 && session.received.has(packetId)) return answer();
  return whenDone(peer.server.publishFor(session.clientId, packet), () => {
    if (qos === 2) session.received.add(packetId);
    answer();
  });
}

/** 3.8.4: several filters are as several SUBSCRIBEs with one answer [MQTT-3.8.4-4]. */
function subscribe(peer: Peer, session: ServerSession, packet: SubscribePacket): void | Promise<void> {
  const { subscriptions } = packet;
  const returnCodes: SubackReturnCode[] = [];
  const goOn = (): void | Promise<void> => {
    while (returnCodes.length < subscriptions.length) {
      const { topicFilter, qos } = subscriptions[returnCodes.length]!;
      const filter = filterOf(topicFilter);
      const next = (isGranted: boolean) => void returnCodes.push(isGranted ? qos : 0x80);
      const done = filter ? peer.server.whenAllowed(session.clientId, 'subscribe', filter, next) : next(false);
      if (done) return done.then(goOn);
    }
    if (!peer.isOver) subscribed(peer, session, packet, returnCodes);
  };
  return goOn();
}

function subscribed(
  peer: Peer,
  session: ServerSession,
  { packetId, subscriptions }: SubscribePacket,
  returnCodes: readonly SubackReturnCode[],
): void {
  const { clientId } = session;
  const granted = subscriptions.filter((_, i) => returnCodes[i] !== 0x80);
  for (const { topicFilter, qos } of granted) {
    peer.server.subscriptions.add(session, topicFilter, qos);
    peer.server.events.emit('session', { clientId, change: 'subscribed', topic: topicFilter });
  }
  peer.send({ type: SUBACK, packetId, returnCodes }); // [MQTT-3.8.4-2, MQTT-3.8.4-5]
  for (const { topicFilter, qos } of granted) peer.server.giveRetained(session, topicFilter, qos);
}

/** 3.10.4: what is under way to the client is finished [MQTT-3.10.4-3], and UNSUBACK comes in any case [MQTT-3.10.4-5]. */
function unsubscribe(peer: Peer, session: ServerSession, { packetId, topicFilters }: UnsubscribePacket): void {
  for (const topicFilter of topicFilters)
    if (peer.server.subscriptions.delete(session, topicFilter))
      peer.server.events.emit('session', { clientId: session.clientId, change: 'unsubscribed', topic: topicFilter });
  peer.send({ type: UNSUBACK, packetId });
}
