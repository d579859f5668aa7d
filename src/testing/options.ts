// The options of a broker.
import type { Clock } from '../connection/clock.ts';

/** What a CONNECT says about the client. */
export interface Credentials {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

/** What a client wants to do. */
export interface Permission {
  readonly clientId: string;
  readonly action: 'publish' | 'subscribe';
  /** A topic, or a topic filter. */
  readonly topic: string;
}

export interface BrokerOptions {
  /** Time, for keep alive and for a network that delays. Default: the platform's timers. */
  readonly clock?: Clock | undefined;
  /** Messages of QoS 1 and 2 that a client may leave unacknowledged at a time, 1 to 65,535. Default: 20. */
  readonly maxInflight?: number | undefined;
  /**
   * Messages that may wait in a session, of QoS 0 and of the others each. Beyond, the oldest of QoS 0 are dropped; of QoS 1
   * and 2 the new one, although the standard wants all of them kept [MQTT-3.1.2-5]: `session` events tell. Default: 10,000.
   */
  readonly maxQueued?: number | undefined;
  /**
   * Whether a client may connect: true, false (return code 4), or the return code of Table 3.1 to refuse it with. When it
   * throws, the connection is closed without a CONNACK. Default: everyone may.
   */
  readonly authenticate?: ((credentials: Credentials) => boolean | number | Promise<boolean | number>) | undefined;
  /**
   * Whether a client may publish or subscribe. A publish that it may not is acknowledged and dropped; a filter that it may
   * not gets the failure code. When it throws, the connection is closed [MQTT-4.8.0-2]. Default: everyone may do everything.
   */
  readonly authorize?: ((permission: Permission) => boolean | Promise<boolean>) | undefined;
}
