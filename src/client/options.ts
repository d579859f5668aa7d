// The options of a client, of a publish and of a subscription.
import type { QoS } from '../codec/codec.ts';
import type { Clock } from '../connection/clock.ts';
import type { TransportFactory } from '../connection/transport.ts';
import type { SessionStore } from '../session/store.ts';
import type { AbortSignalLike } from './abort.ts';

/** The part of a URL object that is used. */
export interface UrlLike {
  readonly href: string;
}

/** What `beforeConnect` may change, for one attempt. */
export interface Overrides {
  url?: string | UrlLike | undefined;
  clientId?: string | undefined;
  username?: string | undefined;
  password?: string | Uint8Array | undefined;
  /** The message that the broker publishes when the client is lost. */
  will?: { topic: string; payload: string | Uint8Array; qos?: QoS; retain?: boolean } | undefined;
  /**
   * What the WebSocket takes besides. In Node, the options of `ws`: ca, headers, agent … By default it has no compression,
   * and messages of at most `maxPacketSize` and 16 MiB. In React Native, Bun and Deno: headers. In a browser and in
   * workerd: nothing, and an attempt with options ends with TypeError.
   */
  webSocketOptions?: object | undefined;
}

/** What `beforeConnect` is told of the attempt that follows. */
export interface Attempt {
  /** 1 for the first one. */
  readonly number: number;
  /** Attempts and connections that failed since a connection last proved stable. */
  readonly failures: number;
  /** Why the last connection ended, or the last attempt failed. */
  readonly cause?: Error | undefined;
}

export interface ConnectOptions extends Omit<Overrides, 'url'> {
  /** Whether the broker forgets the session with the connection. Default: true. */
  cleanSession?: boolean | undefined;
  /** Seconds, 0 to 65,535; 0 switches it off. Default: 60. */
  keepAlive?: number | undefined;
  /** Milliseconds to wait for a sign of life after a PINGREQ. Default: 10,000, or half of the keep alive if that is less. */
  pingTimeout?: number | undefined;
  /**
   * Asked before every attempt. What it returns goes over the options, for this attempt: a password or a URL that expires,
   * another server. What it throws is a failed attempt.
   */
  beforeConnect?: ((attempt: Attempt) => Overrides | Promise<Overrides>) | undefined;
  /** Milliseconds for a whole attempt, from the first call to the CONNACK; Infinity: no limit. Default: 30,000. */
  connectTimeout?: number | undefined;
  /**
   * What happens when the connection is lost. By default the client makes another one, after a random delay that
   * doubles its range from `minDelay` (1,000 ms, or `maxDelay` if that is less) up to `maxDelay` (60,000 ms). With
   * `initial` it does so too when the first attempt fails.
   */
  reconnect?: false | { minDelay?: number; maxDelay?: number; initial?: boolean } | undefined;
  /** Bytes of an inbound packet; a larger one ends the connection. Default: what the standard allows. */
  maxPacketSize?: number | undefined;
  /**
   * Publishes that may wait for their acknowledgement at a time, 1 to 65,535: of QoS 1 and of QoS 2. A number is for each
   * of the two. Default: 100 and 20, since there are brokers that stop taking messages beyond, or lose them.
   */
  maxInflight?: number | { qos1?: number | undefined; qos2?: number | undefined } | undefined;
  /** Publishes that may wait for their turn. Default: 10,000. */
  maxQueued?: number | undefined;
  /**
   * Bytes of QoS 0 messages that may wait for all consumers together; beyond, the oldest are dropped, and an `error` tells.
   * Default: 67,108,864.
   */
  maxWaitingBytes?: number | undefined;
  /** Bytes of packets written in one turn that leave in one WebSocket frame; 0: each has its own. Default: 16,384. */
  maxFrameSize?: number | undefined;
  /** Keeps unacknowledged publishes, and the QoS 2 messages received, for a later process. Default: they end with it. */
  store?: SessionStore | undefined;
  /** Gives up connecting. It has no effect once the client is connected. */
  signal?: AbortSignalLike | undefined;
  /** WebSocket subprotocols to offer besides `mqtt`, for servers that look for one. `mqtt` must come back. */
  protocols?: readonly string[] | undefined;
  /** Opens the connections. Default: a WebSocket. */
  transport?: TransportFactory | undefined;
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
  /**
   * 'always': a message is acknowledged when its handler is done, failed or not, and the one in hand when a loop is left.
   * 'on-success': only when the handler did not fail, or the loop asked for the next one; otherwise the message comes
   * again with the next connection, and brokers stop sending when too many are missing. Default: 'always'.
   */
  acknowledge?: 'always' | 'on-success' | undefined;
  /** Messages that may wait for this consumer; beyond, the oldest of QoS 0 are dropped. Default: 100,000. */
  maxWaiting?: number | undefined;
}

/** A topic filter with its own maximum QoS. */
export interface TopicFilterWithQos {
  readonly topicFilter: string;
  readonly qos: QoS;
}

/** The topic filters of a subscription: one or several, each with the QoS of the options or its own. */
export type TopicFilters = string | TopicFilterWithQos | readonly (string | TopicFilterWithQos)[];

/** A url, or the options with it. */
export type AnyOptions = string | UrlLike | (ConnectOptions & { url: string | UrlLike });

export type OptionsWithUrl = ConnectOptions & { url: string };

/** Makes the transport of an attempt where the options have none. */
export type Platform = (options: ConnectOptions) => TransportFactory | Promise<TransportFactory>;

/** The two ways to call `connect`, as one. */
export function optionsWithUrl(urlOrOptions: AnyOptions, options?: ConnectOptions): OptionsWithUrl {
  const isUrl = typeof urlOrOptions !== 'object' || 'href' in urlOrOptions;
  return withoutUserInfo(isUrl ? { ...options, url: urlOrOptions } : urlOrOptions);
}

/**
 * Takes user name and password out of the url, and puts them where MQTT has them, unless they stand there already: so
 * they go out in no HTTP header, and no error that names the url shows them. Throws URIError when they are not
 * percent-encoded UTF-8.
 */
export function withoutUserInfo<T extends Overrides>(target: T): T & { url: string } {
  const { url: given, ...others } = target;
  const url = (given as UrlLike | undefined)?.href ?? (given as string);
  const [all, scheme, username, password] = /^(\w+:\/\/)([^:/\\?#]*):?([^/\\?#]*)@/.exec(url) ?? [];
  // with a name behind the spread, V8 makes a hidden class for each client, of 220 bytes
  if (!all) return { url, ...others } as T & { url: string };
  return {
    url: scheme + url.slice(all.length),
    ...others,
    username: others.username ?? decodeURIComponent(username!),
    password: others.password ?? (password ? decodeURIComponent(password) : undefined),
  } as T & { url: string };
}
