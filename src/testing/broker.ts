// The broker as its user sees it: connections on one side, what it knows on the other.
import { utf8Of } from '#text';
import type { PublishPacket, QoS } from '../codec/codec.ts';
import { encode } from '../codec/codec.ts';
import { PUBLISH } from '../codec/packets/packet.ts';
import type { Clock } from '../connection/clock.ts';
import type { TransportFactory } from '../connection/transport.ts';
import { clientEndOf, listenTo, type SocketLike } from './accept.ts';
import { type BrokerEvents, Listeners } from './events.ts';
import { type ClientEnd, Link } from './link.ts';
import { MemoryNetwork } from './network.ts';
import type { BrokerOptions } from './options.ts';
import { Peer } from './peer.ts';
import { Server } from './server.ts';
import type { Broker, BrokerSession, ConnectedClient } from './testing.ts';

export class MemoryBroker implements Broker {
  readonly network: MemoryNetwork = new MemoryNetwork();
  private readonly clock: Clock;
  private readonly events: Listeners = new Listeners();
  private readonly server: Server;
  private isClosed = false;

  constructor(options: BrokerOptions, clock: Clock) {
    this.clock = clock;
    this.server = new Server(options, clock, this.events);
  }

  readonly transport: TransportFactory = (_url, events) => {
    if (this.isClosed || this.network.isUnplugged) {
      const cause = new Error(this.isClosed ? 'the broker is closed' : 'the network is unplugged');
      void Promise.resolve().then(() => events.closed(cause));
      return { send: () => {}, close: () => {} };
    }
    const link = this.open(events);
    let isWanted = true;
    void Promise.resolve().then(() => isWanted && !link.isOver && events.opened());
    return {
      reportsDrained: true,
      send: (bytes) => link.write(bytes),
      close: () => link.leave(),
      abort: () => {
        isWanted = false;
        link.abandon();
      },
      bufferedAmount: () => link.up.bytesOnTheirWay,
    };
  };

  accept(socket: SocketLike): void {
    const end = clientEndOf(socket);
    if (this.isClosed || this.network.isUnplugged) return end.closed(new Error());
    listenTo(socket, this.open(end));
  }

  private open(client: ClientEnd): Link {
    const link = new Link(this.network, this.clock, this.events, client);
    link.peer = new Peer(this.server, link);
    this.network.links.add(link);
    return link;
  }

  get clients(): ReadonlyMap<string, ConnectedClient> {
    const clients = new Map<string, ConnectedClient>();
    for (const { clientId, peer } of this.server.sessions.values()) {
      if (!peer?.connectPacket) continue;
      const { username, cleanSession, keepAlive, will } = peer.connectPacket;
      clients.set(clientId, { clientId, username, cleanSession, keepAlive, will });
    }
    return clients;
  }

  get sessions(): ReadonlyMap<string, BrokerSession> {
    return this.server.sessions;
  }

  get retained(): ReadonlyMap<string, PublishPacket> {
    return this.server.retained;
  }

  publish(topic: string, payload: string | Uint8Array, options: { qos?: QoS; retain?: boolean } = {}): void {
    const { qos = 0, retain = false } = options;
    const bytes = typeof payload === 'string' ? utf8Of(payload)! : payload;
    const message = { type: PUBLISH, dup: false, qos, retain, topic, packetId: qos > 0 ? 1 : 0, payload: bytes };
    encode(message); // throws unless it is a message
    this.server.publish(message);
  }

  on<E extends keyof BrokerEvents>(event: E, listener: (event: BrokerEvents[E]) => void): () => void {
    return this.events.on(event, listener);
  }

  until<E extends keyof BrokerEvents>(
    event: E,
    condition: (event: BrokerEvents[E]) => boolean,
  ): Promise<BrokerEvents[E]> {
    return this.events.until(event, condition);
  }

  close(): void {
    this.isClosed = true;
    this.network.restore();
    for (const { peer } of this.network.links) peer.end(new Error('the broker is closed'));
    for (const session of this.server.sessions.values()) this.server.endSession(session);
    this.server.retained.clear();
  }
}
