/**
 * What the gate is asked to be. The defaults are the platform's documented behaviour; an option stands where the
 * sources disagree or say nothing, so that a device can be tried against each possibility.
 */
export interface Rules {
  /** Milliseconds a new connection may take to send its CONNECT. */
  connectTimeout: number;
  /** The CONNACK code for a malformed client id, a wrong `securemode` or an unknown `signmethod`. */
  clientIdRefusal: 1 | 2 | 3 | 4 | 5;
  /** The CONNACK code for an unknown device or a wrong signature. */
  signInRefusal: 4 | 5;
  /** A keep alive out of range: a CONNACK code, a bare close, or the nearest one allowed. */
  keepAliveRefusal: 2 | 3 | 'close' | 'clamp';
  /** Seconds; 0, no keep alive at all, counts as out of range too. */
  minKeepAlive: number;
  maxKeepAlive: number;
  /** Milliseconds between two looks for silent connections; the platform is said to take up to 30,000. */
  scanInterval: number;
  /** Milliseconds of any clock: silence, rates and the time service go by it, so a test can move it. */
  now: () => number;

  /** What the platform does not offer. `ignore` accepts a will and loses it, or a retain flag and clears it. */
  will: 'ignore' | 'close';
  retain: 'ignore' | 'close';
  /** `close` ends the connection on a QoS 2 PUBLISH and grants 1 where 2 is asked for; `accept` is plain MQTT. */
  qos2: 'close' | 'accept';

  /** Bytes of a whole packet, fixed header included. */
  maxPacketSize: number;
  maxTopicBytes: number;
  maxTopicSlashes: number;
  /** Filters in one SUBSCRIBE, and in all of a device's together. */
  maxFilters: number;
  maxSubscriptions: number;

  /** Rates per device, off unless set. A message above its rate gets no answer, not even a PUBACK. */
  connectsPerMinute: number;
  connectsRefusal: 1 | 2 | 3 | 4 | 5;
  qos0PerSecond: number;
  qos1PerSecond: number;

  /** The gate sends frames of at most this many bytes; otherwise every packet is one frame. */
  frameSize: number;
}

export const DEFAULT_RULES: Rules = {
  connectTimeout: 10_000,
  clientIdRefusal: 2,
  signInRefusal: 4,
  keepAliveRefusal: 2,
  minKeepAlive: 30,
  maxKeepAlive: 1_200,
  scanInterval: 1_000,
  now: Date.now,

  will: 'ignore',
  retain: 'ignore',
  qos2: 'close',

  maxPacketSize: 262_144,
  maxTopicBytes: 128,
  maxTopicSlashes: 7,
  maxFilters: 8,
  maxSubscriptions: 100,

  connectsPerMinute: Number.POSITIVE_INFINITY,
  connectsRefusal: 3,
  qos0PerSecond: Number.POSITIVE_INFINITY,
  qos1PerSecond: Number.POSITIVE_INFINITY,

  frameSize: Number.POSITIVE_INFINITY,
};

/** A CONNECT that is answered, with a return code other than 0, before the connection ends. */
export class Refusal extends Error {
  readonly returnCode: number;

  constructor(returnCode: number, reason: string) {
    super(reason);
    this.name = 'Refusal';
    this.returnCode = returnCode;
  }
}
