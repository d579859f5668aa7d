/// <reference lib="esnext.disposable" preserve="true" />
// What the client promises: its options, its methods, its events.

import type { Packet, QoS } from '../codec/codec.ts';
import type { Clock } from '../connection/clock.ts';
import type { TransportFactory } from '../connection/transport.ts';
import type { SessionStore } from '../session/store.ts';
import type { AbortSignalLike } from './abort.ts';
import type { Message } from './message.ts';
import type { MessageHandler, Subscription } from './subscription.ts';

/** Who the client is: the part of CONNECT that `credentials` may renew. */
export interface Credentials {
  clientId?: string | undefined;
  username?: string | undefined;
  password?: string | Uint8Array | undefined;
}

export interface ConnectOptions extends Credentials {
  /** Whether the broker forgets the session with the connection. Default: true. */
  cleanSession?: boolean | undefined;
  /** Seconds, 0 to 65,535; 0: off. Default: 60. */
  keepAlive?: number | undefined;
  /** What the broker publishes when the client is lost. */
  will?: { topic: string; payload: string | Uint8Array; qos?: QoS; retain?: boolean } | undefined;
  /** Asked before every CONNECT, the first of which has number 1; what it returns goes over the options above. */
  credentials?: ((attempt: { number: number }) => Credentials | Promise<Credentials>) | undefined;
  /** Milliseconds for a whole attempt, from the first call to the CONNACK. Default: 30,000. */
  connectTimeout?: number | undefined;
  /**
   * What happens when the connection is lost. By default it is made anew, after a random delay that doubles its
   * range from `minDelay` (1,000 ms) up to `maxDelay` (60,000 ms). With `initial`, also when the first attempt fails.
   */
  reconnect?: false | { minDelay?: number; maxDelay?: number; initial?: boolean } | undefined;
  /** Bytes of an inbound packet; a larger one ends the connection. Default: what the standard allows. */
  maxPacketSize?: number | undefined;
  /** Publishes and requests that may wait for their acknowledgement at a time, 1 to 65,535. Default: 1,000. */
  maxInflight?: number | undefined;
  /** Publishes that may wait for their turn. Default: 10,000. */
  maxQueued?: number | undefined;
  /** Bytes of packets written in one turn that leave in one WebSocket frame; 0: each has its own. Default: 16,384. */
  maxFrameSize?: number | undefined;
  /** Keeps unacknowledged publishes, and the QoS 2 messages received, for a later process. Default: they end with it. */
  store?: SessionStore | undefined;
  /** Gives up connecting; without effect once connected. */
  signal?: AbortSignalLike | undefined;
  /** Opens the connections. Default: a WebSocket. */
  transport?: TransportFactory | undefined;
  /** In Node, what `ws` takes: ca, headers, agent … */
  webSocketOptions?: object | undefined;
  /** Time and chance, for a runtime without timers or for a simulation. */
  clock?: Clock | undefined;
}

export type ClientState = 'connecting' | 'online' | 'waiting' | 'closed';

export interface ClientEvents {
  /** The state has changed; `cause` says why a connection is over. */
  state(state: ClientState, cause?: Error): void;
  /** Something went wrong that no promise tells: a lost connection, a failed handler, a dropped message … */
  error(error: Error): void;
  /** A message that no subscription wants, as a resumed session may bring. */
  message(message: Message): void;
  /** Every packet, for tracing. A CONNECT comes with an empty password in the place of its own. */
  packet(direction: 'sent' | 'received', packet: Packet): void;
}

export interface PublishOptions {
  qos?: QoS | undefined;
  retain?: boolean | undefined;
  /** Rejects the promise. What was already sent cannot be taken back. */
  signal?: AbortSignalLike | undefined;
}

export interface SubscribeOptions {
  /** The maximum QoS to receive with. Default: 0. */
  qos?: QoS | undefined;
  signal?: AbortSignalLike | undefined;
}

export interface Client extends AsyncDisposable {
  readonly state: ClientState;
  /**
   * Sends a message, or queues it while there is no connection. Resolves with QoS 0 when the socket has taken it,
   * with QoS 1 at its PUBACK, with QoS 2 at its PUBCOMP. `payload` must not change before that.
   *
   * Rejects with ProtocolError or TypeError (an illegal message: nothing was sent), QueueFullError,
   * ConnectionLostError, or the signal's reason.
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /**
   * Asks for the messages of one or more topic filters, and resolves at the SUBACK. They go to the handler, or else
   * to whoever iterates over the subscription; it is renewed when the broker has lost it.
   *
   * Rejects with SubscriptionRefusedError, ProtocolError, ConnectionLostError, or the signal's reason.
   */
  subscribe(
    topicFilter: string | readonly string[],
    options?: SubscribeOptions,
    handler?: MessageHandler,
  ): Promise<Subscription>;
  /** Listens, and returns the way to stop listening. */
  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void;
  /** "The machine slept, or the network changed": probes the connection at once, or makes the next attempt now. */
  wake(): void;
  /** Sends DISCONNECT, closes, and settles everything that waits. Resolves within 5 s, whatever the peer does. */
  close(): Promise<void>;
}
