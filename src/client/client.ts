/// <reference lib="esnext.disposable" preserve="true" />
// MQTT 3.1.1 over any transport: the entry point `mqtt311/client`.
import type { TransportFactory } from '../connection/transport.ts';
import { settleOrAbort } from './abort.ts';
import type { ClientEvents } from './events.ts';
import type { ClientState } from './life-cycle.ts';
import { MqttClient } from './mqtt-client.ts';
import {
  type ConnectOptions,
  type OptionsWithUrl,
  optionsWithUrl,
  type PublishOptions,
  type SubscribeOptions,
} from './options.ts';
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
export { ConnectionRefusedError, MessagesDroppedError, SubscriptionRefusedError } from './error.ts';
export type { ClientEvents } from './events.ts';
export type { ClientState } from './life-cycle.ts';
export type { Message } from './message.ts';
export type { ConnectOptions, Credentials, PublishOptions, SubscribeOptions } from './options.ts';
export type { MessageHandler, Subscription } from './subscription.ts';

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
   * Asks for the messages of one or more topic filters, and resolves at the SUBACK. They go to the handler, or else to
   * the loop that iterates over the subscription; it is renewed when the broker has lost it.
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

/**
 * Connects to a broker. Resolves when it has accepted; rejects with ConnectionRefusedError, ConnectionLostError,
 * ProtocolError, TypeError or the signal's reason when the first attempt fails.
 */
export function connect(url: string, options: ConnectOptions & { transport: TransportFactory }): Promise<Client>;
export function connect(options: ConnectOptions & { url: string; transport: TransportFactory }): Promise<Client>;
export function connect(urlOrOptions: string | OptionsWithUrl, options?: ConnectOptions): Promise<Client> {
  const all = optionsWithUrl(urlOrOptions, options);
  return settleOrAbort(all.signal, (resolve, reject) => {
    const client = new MqttClient(all, { resolve, reject });
    client.change('due');
    return (reason) => client.change('failed', reason);
  });
}
