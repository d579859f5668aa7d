// 4.1, 4.3 and 4.4 as the server has them: what it keeps for a client, and how messages go out to it.
import type { AcknowledgementPacket, PublishPacket, PubrelPacket, QoS } from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import { PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL } from '../codec/packets/packet.ts';
import type { Listeners } from './events.ts';
import type { Peer } from './peer.ts';

/** The server's half of a session. It outlives its connection unless the client asked for a clean one [MQTT-4.1.0-1]. */
export class ServerSession {
  readonly clientId: string;
  readonly cleanSession: boolean;
  /** Topic filters, each with the maximum QoS that was granted. */
  readonly subscriptions: Map<string, QoS> = new Map();
  /** What the client has not acknowledged, in the order of sending. */
  readonly inflight: Map<number, PublishPacket | PubrelPacket> = new Map();
  /** Messages of QoS 1 and 2 that wait for a connection, or for room in flight. */
  readonly queued: PublishPacket[] = [];
  /** Messages of QoS 0 that wait for room on the network. */
  readonly passing: PublishPacket[] = [];
  /** Identifiers of QoS 2 messages from the client that are not released yet. */
  readonly received: Set<number> = new Set();
  peer: Peer | undefined;
  private readonly limits: SessionLimits;
  private lastId = 0;
  private highestId = 0;

  constructor(clientId: string, cleanSession: boolean, limits: SessionLimits) {
    this.clientId = clientId;
    this.cleanSession = cleanSession;
    this.limits = limits;
  }

  get isOnline(): boolean {
    return this.peer !== undefined;
  }

  /** A message for the client, with the QoS that it gets. */
  deliver(message: PublishPacket): void {
    if (message.qos === 0 && !this.peer) return; // 3.1.2.4 asks to keep those of QoS 1 and 2
    const queue = message.qos === 0 ? this.passing : this.queued;
    queue.push(message);
    this.pump();
    if (queue.length <= this.limits.maxQueued) return;
    const { topic } = (message.qos === 0 ? queue.shift() : queue.pop())!;
    this.limits.events.emit('session', { clientId: this.clientId, change: 'dropped', topic });
  }

  /** Sends what waits, in its order, as far as there is room for it. */
  pump(): void {
    const { peer, passing, queued, inflight } = this;
    while (peer?.hasRoom && passing.length > 0) peer.send(passing.shift()!);
    while (peer?.hasRoom && queued.length > 0 && inflight.size < this.limits.maxInflight) {
      const packet = Object.assign(queued.shift()!, { packetId: this.nextId() }); // it stays the same object: see `Server`
      inflight.set(packet.packetId, packet);
      peer.send(packet);
    }
  }

  /**
   * An identifier that is not in use [MQTT-2.3.1-4]: there is one, because fewer than `maxInflight` messages are in flight.
   * No more than these go round, so that a test soon shows a client that does not forget one.
   */
  private nextId(): number {
    do this.lastId = (this.lastId % this.limits.maxInflight) + 1;
    while (this.inflight.has(this.lastId));
    this.highestId = Math.max(this.highestId, this.lastId);
    return this.lastId;
  }

  /** The client is back: it gets again what it did not acknowledge, with the same identifiers [MQTT-4.4.0-1]. */
  resume(peer: Peer): void {
    this.peer = peer;
    for (const packet of this.inflight.values()) peer.send(packet.type === PUBLISH ? { ...packet, dup: true } : packet);
    this.pump();
  }

  /** PUBACK, PUBREC or PUBCOMP has come. One that was sent twice is fine, since a connection may be lost between. */
  acknowledged({ type, packetId }: AcknowledgementPacket): void {
    const packet = this.inflight.get(packetId);
    if (packetId > this.highestId)
      throw new ProtocolError('MQTT-2.3.1-6', `packet type ${type} has packetId ${packetId}, never sent`);
    if (packet && !isAnswer(type, packet))
      throw new ProtocolError('MQTT-3.3.4-1', `packet type ${type} does not answer packetId ${packetId}`);
    if (packet) this.inflight.delete(packetId); // the identifier is free only now
    if (type === PUBREC) this.release(packetId, packet !== undefined);
    this.pump();
  }

  /** Sends PUBREL. It stands last again: PUBRELs go out in the order of their PUBRECs, also when they are sent again. */
  private release(packetId: number, isKnown: boolean): void {
    const packet: PubrelPacket = { type: PUBREL, packetId };
    if (isKnown) this.inflight.set(packetId, packet);
    this.peer!.send(packet);
  }
}

export interface SessionLimits {
  readonly maxInflight: number;
  readonly maxQueued: number;
  readonly events: Listeners;
}

/** 4.3.2 and 4.3.3: what may answer a packet. A PUBREC may come again when its PUBREL was lost. */
function isAnswer(type: number, packet: PublishPacket | PubrelPacket): boolean {
  if (packet.type === PUBREL) return type === PUBCOMP || type === PUBREC;
  return type === (packet.qos === 1 ? PUBACK : PUBREC);
}
