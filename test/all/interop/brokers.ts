// What the brokers of the interop tests are, and what is known to be wrong with them: the tests expect what this says.
import type { QoS } from '../../../src/codec/codec.ts';

/** Departures from the standard, or from what a user would expect: each is shown by a test. */
export const FAULTS = {
  'downgrades QoS 2': 'grants at most QoS 1, and answers a QoS 2 PUBLISH with PUBACK',
  'closes on QoS 2': 'grants at most QoS 1, and closes the connection on a QoS 2 PUBLISH',
  'forgets QoS 0 sessions': 'keeps no session for a client that subscribed with QoS 0 only [MQTT-3.1.2-4]',
  'forgets QoS 0 subscriptions':
    'says that it has kept the session, and has forgotten the subscriptions with QoS 0 in it',
  'takes 20 at QoS 2': 'takes 20 QoS 2 messages of a client at a time, and answers another with a PUBREC, but drops it',
  'drops behind 1,000': 'drops messages of QoS 1 and 2 when 1,000 wait for a client',
  'forgets publishers': 'keeps no session for a client without subscriptions, and says so [MQTT-3.1.2-4]',
  'sends the will of who leaves': 'publishes the will also after a DISCONNECT [MQTT-3.1.2-10]',
  'hides a refused login': 'closes the WebSocket with 1002 in the place of a CONNACK with return code 4 [MQTT-3.2.2-4]',
  'keeps RETAIN for the absent': 'sets RETAIN in what waited for a client that was away [MQTT-3.3.1-9]',
  'never sets DUP': 'delivers a message again with DUP 0 [MQTT-3.3.1-1]',
  'exceeds the granted QoS': 'delivers QoS 2 through a wildcard filter that was granted QoS 1 [MQTT-3.8.4-6]',
  'loses the overtaken': 'drops a retained QoS 0 message when another message follows at once [MQTT-4.6.0-6]',
  'repeats late': 'delivers again what was not acknowledged after its ack_wait (30 s), not with the next connection',
  'sleeps between pieces': 'over WebSocket, an idle one sends 4 KiB every 100 ms; traffic on any connection wakes it',
} as const;

export type Fault = keyof typeof FAULTS;

/** How much brokers take, as they come, of what a client may send or leave waiting, and what keeps within it. */
export const LIMITS = [
  {
    broker: 'mosquitto 2.0',
    takes: '20 QoS 2 messages of a client, until each has its PUBREL',
    beyond: 'answers with a PUBREC, and drops the message',
    within: '`maxInflight: { qos2: 20 }`, the default',
    known: 'a test',
  },
  {
    broker: 'AWS IoT Core',
    takes: '100 unacknowledged QoS 1 messages of a client',
    beyond: 'takes no more until it has sent a PUBACK',
    within: '`maxInflight: { qos1: 100 }`, the default',
    known: '[its quotas](https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits); not tried',
  },
  {
    broker: 'mosquitto 2.0',
    takes: '1,000 messages of QoS 1 and 2 that wait for a client',
    beyond: 'drops the newest, repetitions included',
    within: 'nothing: neither publisher nor subscriber is told. `max_queued_messages` of the broker',
    known: 'a test',
  },
] as const;

/** What the tests expect of a broker. */
export interface Behaviour {
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  readonly maxQos: QoS;
  /** Whether QoS 0 messages wait for an absent client, as the standard allows (3.1.2.4). */
  readonly keepsQos0: boolean;
  readonly faults: readonly Fault[];
}

export interface Broker extends Behaviour {
  /** Where it comes from: a package of Debian 12, or of npm. */
  readonly source: 'Debian' | 'npm';
  readonly package: string;
  readonly version: string;
  readonly path: string;
}

export const BROKERS = {
  aedes: {
    name: 'aedes',
    source: 'npm',
    package: 'aedes',
    version: '1.2.0',
    path: '/',
    maxQos: 2,
    keepsQos0: false,
    faults: [
      'forgets publishers',
      'keeps RETAIN for the absent',
      'never sets DUP',
      'exceeds the granted QoS',
      'loses the overtaken',
    ],
  },
  mosquitto: {
    name: 'mosquitto',
    source: 'Debian',
    package: 'mosquitto',
    version: '2.0.11',
    path: '/mqtt',
    maxQos: 2,
    keepsQos0: false,
    faults: ['takes 20 at QoS 2', 'drops behind 1,000', 'sleeps between pieces'],
  },
  ejabberd: {
    name: 'ejabberd',
    source: 'Debian',
    package: 'ejabberd',
    version: '23.01',
    path: '/mqtt',
    username: 'lamp@localhost',
    password: 'any',
    maxQos: 2,
    keepsQos0: false,
    faults: [],
  },
  'nats-server': {
    name: 'nats-server',
    source: 'Debian',
    package: 'nats-server',
    version: '2.9.10',
    path: '/mqtt',
    maxQos: 1,
    keepsQos0: false,
    faults: ['closes on QoS 2', 'repeats late'],
  },
  rabbitmq: {
    name: 'RabbitMQ',
    source: 'Debian',
    package: 'rabbitmq-server',
    version: '3.10.8',
    path: '/ws',
    maxQos: 1,
    keepsQos0: false,
    faults: [
      'downgrades QoS 2',
      'forgets publishers',
      'forgets QoS 0 sessions',
      'forgets QoS 0 subscriptions',
      'sends the will of who leaves',
      'hides a refused login',
    ],
  },
} as const satisfies Record<string, Broker>;

export type BrokerName = keyof typeof BROKERS;
