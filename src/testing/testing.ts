// A strict MQTT 3.1.1 broker, and a network that breaks when it is told to, in memory: the entry point `mqtt311/testing`.
import { platformClock } from '../client/clock.ts';
import type { PublishPacket, QoS } from '../codec/codec.ts';
import type { PubrelPacket } from '../codec/packets/acknowledgement.ts';
import type { Will } from '../codec/packets/connect.ts';
import type { TransportFactory } from '../connection/transport.ts';
import type { SocketLike } from './accept.ts';
import { MemoryBroker } from './broker.ts';
import type { BrokerEvents } from './events.ts';
import type { Network } from './network.ts';
import type { BrokerOptions } from './options.ts';

export { type Clause, type Packet, ProtocolError, type QoS } from '../codec/codec.ts';
export type { Clock } from '../connection/clock.ts';
export type { SocketLike } from './accept.ts';
export type { BrokerEvents, ConnectionEvent, PacketEvent, SessionEvent } from './events.ts';
export type { CutPoint, Network, Where, WherePacket } from './network.ts';
export type { BrokerOptions, Credentials, Permission } from './options.ts';

/** A client that is connected. */
export interface ConnectedClient {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly cleanSession: boolean;
  /** Seconds. */
  readonly keepAlive: number;
  readonly will: Will | undefined;
}

/** What the broker keeps for a client, connected or not. */
export interface BrokerSession {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly isOnline: boolean;
  /** Topic filters with their granted QoS. */
  readonly subscriptions: ReadonlyMap<string, QoS>;
  /** What the client has not acknowledged, by packet identifiers. A PUBREL stands for a QoS 2 message past its PUBREC. */
  readonly inflight: ReadonlyMap<number, PublishPacket | PubrelPacket>;
  /** Messages of QoS 1 and 2 that wait for a connection, or for room in flight. */
  readonly queued: readonly PublishPacket[];
}

/**
 * A broker for tests and lessons, in memory and in this process. For anything else there are mosquitto, EMQX and HiveMQ.
 *
 * It knows all of MQTT 3.1.1, and shared subscriptions besides: `$share/NAME/FILTER`. It enforces every rule that binds a
 * server, and ends a connection that breaks one with a ProtocolError that names the clause. Where the standard leaves a
 * choice: a client with several filters that match gets one copy of a message, with the highest QoS that was granted. What
 * a client publishes on a topic that begins with `$` reaches nobody. Messages of QoS 0 are not kept for a client that is away.
 */
export interface Broker {
  /** Connects a client of this process, through `network`: `connect('ws://test', { transport: broker.transport })`. */
  readonly transport: TransportFactory;
  /** Serves a connection that was opened elsewhere, as by a server of `ws`, through `network` as well. */
  accept(socket: SocketLike): void;
  /** The clients that are connected, by their client identifiers. */
  readonly clients: ReadonlyMap<string, ConnectedClient>;
  /** All sessions, by client identifiers. */
  readonly sessions: ReadonlyMap<string, BrokerSession>;
  /** Retained messages, by topics. */
  readonly retained: ReadonlyMap<string, PublishPacket>;
  /** Publishes as if another client had, on any topic. Throws ProtocolError unless it is one. */
  publish(topic: string, payload: string | Uint8Array, options?: { qos?: QoS; retain?: boolean }): void;
  /** What the network does to the packets. */
  readonly network: Network;
  /** Listens, and returns the way to stop listening. */
  on<E extends keyof BrokerEvents>(event: E, listener: (event: BrokerEvents[E]) => void): () => void;
  /** Waits for the next event that fulfils the condition, from now on. */
  until<E extends keyof BrokerEvents>(
    event: E,
    condition: (event: BrokerEvents[E]) => boolean,
  ): Promise<BrokerEvents[E]>;
  /** Ends all connections and sessions. A client that connects from now on is told that there is no server. */
  close(): void;
}

/** Makes a broker that has nothing, and a network that carries everything. */
export function createBroker(options: BrokerOptions = {}): Broker {
  return new MemoryBroker(options, options.clock ?? platformClock);
}
