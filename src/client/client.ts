/// <reference lib="esnext.disposable" preserve="true" />
// MQTT 3.1.1 over any transport: the entry point `mqtt311/client`.
import type { TransportFactory } from '../connection/transport.ts';
import type { ClientEvents } from './events.ts';
import type { ClientState } from './life-cycle.ts';
import type {
  AnyOptions,
  ConnectOptions,
  Platform,
  PublishOptions,
  SubscribeOptions,
  TopicFilters,
  UrlLike,
} from './options.ts';
import { connectOn, createClientOn } from './start.ts';
import type { MessageHandler, Subscription } from './subscription.ts';

export type { Packet, QoS } from '../codec/codec.ts';
export { type Clause, PacketTooLargeError, ProtocolError } from '../codec/error.ts';
export type { Clock } from '../connection/clock.ts';
export { ConnectionLostError, type ConnectionLostReason } from '../connection/error.ts';
export type { Transport, TransportEvents, TransportFactory } from '../connection/transport.ts';
export { QueueFullError } from '../session/error.ts';
export type { SessionRecord } from '../session/session.ts';
export type { SessionStore } from '../session/store.ts';
export type { AbortSignalLike } from './abort.ts';
export {
  ConnectionRefusedError,
  HandlerError,
  MessagesDroppedError,
  SubscriptionRefusedError,
  UnroutedError,
} from './error.ts';
export type { ClientEvents } from './events.ts';
export type { ClientState } from './life-cycle.ts';
export type { Message } from './message.ts';
export type {
  Attempt,
  ConnectOptions,
  Overrides,
  PublishOptions,
  SubscribeOptions,
  TopicFilters,
  TopicFilterWithQos,
  UrlLike,
} from './options.ts';
export type { MessageHandler, Subscription } from './subscription.ts';

export interface Client extends AsyncDisposable {
  readonly state: ClientState;
  /** Resolves at the first CONNACK with code 0; rejects when the client is closed before. Nobody has to listen to it. */
  readonly ready: Promise<void>;
  /** Whether the broker had a session of this client when it accepted the latest connection. */
  readonly sessionPresent: boolean;
  /**
   * Sends a message, or queues it while there is no connection. Resolves with QoS 0 when the socket has taken it,
   * with QoS 1 at its PUBACK, with QoS 2 at its PUBCOMP. `payload` must not change before that.
   *
   * Rejects with ProtocolError or TypeError (an illegal message: nothing was sent), QueueFullError,
   * ConnectionLostError, or the signal's reason.
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /**
   * Asks for the messages of one or more topic filters, and resolves at the SUBACK. They go to the handler, or else to
   * the loop that iterates over the subscription; it is renewed when the broker has lost it. More than 8 filters go out
   * in several SUBSCRIBEs; if the broker refuses one of them, the others are taken back.
   *
   * Rejects with SubscriptionRefusedError, ProtocolError, ConnectionLostError, or the signal's reason.
   */
  subscribe(topicFilters: TopicFilters, options?: SubscribeOptions, handler?: MessageHandler): Promise<Subscription>;
  subscribe(topicFilters: TopicFilters, handler: MessageHandler): Promise<Subscription>;
  /**
   * Leaves topic filters, also those of an older session of this client. Resolves at the UNSUBACK, or at once while there
   * is no connection: then the UNSUBSCRIBE goes out later.
   */
  unsubscribe(topicFilters: string | readonly string[]): Promise<void>;
  /** Listens, and returns the way to stop listening. */
  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void;
  /** "The machine slept, or the network changed": probes the connection at once, or makes the next attempt now. */
  wake(): void;
  /** Ends the connection as `close()` does, and makes the next one now. Resolves when the client is online again. */
  reconnect(): Promise<void>;
  /** Ends the connection as `close()` does, and makes no other before `resume()`. Subscriptions and queues stay. */
  pause(): Promise<void>;
  /** Ends a pause. Resolves when the client is online. */
  resume(): Promise<void>;
  /**
   * Closes the client for good. While it is online or connecting, what was published goes out and is acknowledged first,
   * and handlers that are at work end, for at most `drain` milliseconds (5,000; 0: at once). Then it sends DISCONNECT,
   * and rejects everything that still waits. Resolves within 5 s of that, whatever the peer does.
   */
  close(options?: { drain?: number | undefined }): Promise<void>;
}

/**
 * Makes a client, and connects in the background. It keeps trying until `close()`, unless `reconnect` is false or the
 * broker refuses it for good.
 */
export function createClient(url: string | UrlLike, options: ConnectOptions & { transport: TransportFactory }): Client;
export function createClient(options: ConnectOptions & { url: string | UrlLike; transport: TransportFactory }): Client;
export function createClient(urlOrOptions: AnyOptions, options?: ConnectOptions): Client {
  return createClientOn(noPlatform, urlOrOptions, options);
}

/**
 * Connects to a broker. Resolves when it has accepted; rejects with ConnectionRefusedError, ConnectionLostError,
 * ProtocolError, TypeError or the signal's reason when the first attempt fails.
 */
export function connect(
  url: string | UrlLike,
  options: ConnectOptions & { transport: TransportFactory },
): Promise<Client>;
export function connect(
  options: ConnectOptions & { url: string | UrlLike; transport: TransportFactory },
): Promise<Client>;
export function connect(urlOrOptions: AnyOptions, options?: ConnectOptions): Promise<Client> {
  return connectOn(noPlatform, urlOrOptions, options);
}

const noPlatform: Platform = () => {
  throw new TypeError('options.transport is required');
};
