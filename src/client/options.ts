// The options of a client, of a publish and of a subscription.
import type { QoS } from '../codec/codec.ts';
import type { Clock } from '../connection/clock.ts';
import type { TransportFactory } from '../connection/transport.ts';
import type { SessionStore } from '../session/store.ts';
import type { AbortSignalLike } from './abort.ts';

/** Who the client is: the part of CONNECT that `credentials` may renew. */
export interface Credentials {
  clientId?: string | undefined;
  username?: string | undefined;
  password?: string | Uint8Array | undefined;
}

export interface ConnectOptions extends Credentials {
  /** Whether the broker forgets the session with the connection. Default: true. */
  cleanSession?: boolean | undefined;
  /** Seconds, 0 to 65,535; 0 switches it off. Default: 60. */
  keepAlive?: number | undefined;
  /** The message that the broker publishes when the client is lost. */
  will?: { topic: string; payload: string | Uint8Array; qos?: QoS; retain?: boolean } | undefined;
  /** Asked before every CONNECT, the first of which has number 1. What it returns goes over the options above. */
  credentials?: ((attempt: { number: number }) => Credentials | Promise<Credentials>) | undefined;
  /** Milliseconds for a whole attempt, from the first call to the CONNACK. Default: 30,000. */
  connectTimeout?: number | undefined;
  /**
   * What happens when the connection is lost. By default the client makes another one, after a random delay that
   * doubles its range from `minDelay` (1,000 ms) up to `maxDelay` (60,000 ms). With `initial` it does so too when
   * the first attempt fails.
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
  /** Gives up connecting. It has no effect once the client is connected. */
  signal?: AbortSignalLike | undefined;
  /** Opens the connections. Default: a WebSocket. */
  transport?: TransportFactory | undefined;
  /** In Node, the options of `ws`: ca, headers, agent … */
  webSocketOptions?: object | undefined;
  /** Time and chance, for a runtime without timers or for a simulation. */
  clock?: Clock | undefined;
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

export type OptionsWithUrl = ConnectOptions & { url: string };

/** The two ways to call `connect`, as one. */
export function optionsWithUrl(urlOrOptions: string | OptionsWithUrl, options: ConnectOptions = {}): OptionsWithUrl {
  if (typeof urlOrOptions !== 'string') return urlOrOptions;
  const { url: _, ...others } = options as Partial<OptionsWithUrl>;
  return { url: urlOrOptions, ...others }; // with a name behind the spread, V8 makes a hidden class for each client, of 220 bytes
}
