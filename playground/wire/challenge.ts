// What the reader is asked to bring about, and how it is found out whether that has happened.
import { PacketType, type PublishPacket } from '../../src/codec/codec.ts';
import type { Clause } from '../../src/codec/error.ts';
import { ConnectionLostError } from '../../src/index.ts';
import { ProtocolError } from '../../src/testing/testing.ts';
import type { DeviceOptions } from './device.ts';
import { type Fact, of } from './fact.ts';

export interface Verdict {
  readonly isReached: boolean;
  /** How far the reader is, in a sentence. */
  readonly says: string;
}

export interface Challenge {
  readonly name: string;
  readonly title: string;
  /** What to do. */
  readonly task: string;
  /** Why it happens. */
  readonly reason: string;
  readonly section: Clause;
  readonly devices: readonly DeviceOptions[];
  /** Moves before the reader's own. */
  readonly setUp: readonly string[];
  /** Of the messages that the reader publishes at first. */
  readonly qos: 0 | 1 | 2;
  judge(facts: readonly Fact[]): Verdict;
}

const TOPIC = 'home/temperature';
const WILL_TOPIC = 'home/sensor';
/** Repeated messages of QoS 2 that have to arrive once each. */
const ATTEMPTS = 3;

const sensor: DeviceOptions = { clientId: 'sensor', keepAlive: 0, topic: TOPIC };
const phone: DeviceOptions = { clientId: 'phone', keepAlive: 0, topicFilter: 'home/#' };

const connected = (how: 'keep' | 'clean') => [`connect-phone-${how}`, `connect-sensor-${how}`, 'time-5000'];

export const challenges: readonly Challenge[] = [
  {
    name: 'twice',
    title: 'Deliver a QoS 1 message twice',
    task:
      'Publish a reading from the sensor, and let it reach the broker. Drop the PUBACK that comes back, cut ' +
      'the sensor’s line, and let time pass until the sensor has connected again. Deliver all that follows.',
    reason:
      'The sensor cannot tell whether its message or only the answer was lost. QoS 1 promises “at least ' +
      'once”, so it sends the message again, and the phone gets it a second time.',
    section: '§4.3.2',
    devices: [sensor, phone],
    setUp: connected('keep'),
    qos: 1,
    judge(facts) {
      const twice = publishedAt(1, facts).find((text) => countOf(text, facts) > 1);
      if (twice !== undefined) return reached(`The phone got “${twice}” twice.`);
      const isOut = publishedAt(1, facts).length > 0;
      return open(isOut ? 'No message has come twice yet.' : 'The sensor has published nothing at QoS 1 yet.');
    },
  },
  {
    name: 'once',
    title: 'Try to deliver a QoS 2 message twice',
    task:
      'Publish at QoS 2, and make either end repeat itself: drop any packet of the exchange, cut that line, ' +
      `let time pass, and deliver what follows. The goal is reached when ${ATTEMPTS} messages had to be ` +
      'repeated and the phone still got each of them once.',
    reason:
      'Both ends remember the packet identifier until the four steps PUBLISH, PUBREC, PUBREL and PUBCOMP ' +
      'are done, so each can tell a repetition from a new message. This needs sessions that both ends keep.',
    section: '§4.3.3',
    devices: [sensor, phone],
    setUp: connected('keep'),
    qos: 2,
    judge(facts) {
      const texts = publishedAt(2, facts);
      const twice = texts.find((text) => countOf(text, facts) > 1);
      if (twice !== undefined)
        return open(`The phone got “${twice}” twice, because a session was not kept. Start again with kept sessions.`);
      const count = repeatedAndDone(facts).filter((text) => countOf(text, facts) === 1).length;
      if (count >= ATTEMPTS) return reached(`${count} messages had to be repeated, and each came once.`);
      return open(`${count} of ${ATTEMPTS}: messages that had to be repeated and came once.`);
    },
  },
  {
    name: 'lose',
    title: 'Lose a QoS 0 message',
    task:
      'Publish at QoS 0, and drop the packet on either line. Then publish another reading and deliver it: ' +
      'when the later one has come, the first one never will.',
    reason:
      'QoS 0 means “at most once”: there is no answer, so the sender remembers nothing and repeats nothing. ' +
      'A message on its way is lost when the line is.',
    section: '§4.3.1',
    devices: [sensor, phone],
    setUp: connected('keep'),
    qos: 0,
    judge(facts) {
      const lost = lostAt0(facts);
      if (lost !== undefined) return reached(`“${lost}” never came: the phone already has a later one.`);
      const isOut = publishedAt(0, facts).length > 0;
      return open(isOut ? 'No message is known to be lost yet.' : 'The sensor has published nothing at QoS 0 yet.');
    },
  },
  {
    name: 'will',
    title: 'Get a will published',
    task:
      'End the sensor’s connection in such a way that the broker believes the sensor is lost, and deliver ' +
      'what the broker then sends to the phone. A plain “Disconnect” is not enough, unless its DISCONNECT ' +
      'never arrives.',
    reason:
      `The sensor left a message with the broker when it connected: its will, for ${WILL_TOPIC}. The broker ` +
      'publishes it when the connection ends without a DISCONNECT, so that others learn that the sensor is ' +
      'gone.',
    section: '§3.1.2.5',
    devices: [{ ...sensor, willTopic: WILL_TOPIC }, phone],
    setUp: connected('clean'),
    qos: 0,
    judge(facts) {
      const will = of(facts, 'message').find(({ topic }) => topic === WILL_TOPIC);
      if (will !== undefined) return reached(`The phone was told: “${will.text}”.`);
      const gone = of(facts, 'received').some(
        ({ by, clientId, packet }) => by === 'broker' && clientId === 'sensor' && packet.type === PacketType.DISCONNECT,
      );
      return open(
        gone ? 'The sensor said DISCONNECT, so the broker deleted the will.' : 'The broker still keeps the will.',
      );
    },
  },
  {
    name: 'survive',
    title: 'Make a session survive',
    task:
      'Let the phone’s session outlive its connection: disconnect the phone, connect it with “Keep the ' +
      'session”, end that connection, and publish at QoS 1 while the phone is away. Connect it again and ' +
      'deliver what waited.',
    reason:
      'Without Clean Session, the broker keeps the subscriptions of a client that is away, and the messages ' +
      'of QoS 1 and 2 for it. With Clean Session it forgets all of that when the connection ends.',
    section: '§3.1.2.4',
    devices: [sensor, phone],
    setUp: connected('clean'),
    qos: 1,
    judge: judgeSurvival,
  },
  {
    name: 'dead',
    title: 'Find a dead link by keep alive',
    task:
      'Touch nothing on the wire, and let time pass: with “Hold” on, neither end hears anything, as on a ' +
      'link that died without a sign. Watch the PINGREQ go unanswered.',
    reason:
      'A silent link looks like a link on which nobody has anything to say. So a client sends at least one ' +
      'packet within the keep alive, here 10 s, and both ends give up when the other stays silent for too ' +
      'long.',
    section: '§3.1.2.10',
    devices: [
      { ...sensor, keepAlive: 10 },
      { ...phone, keepAlive: 10 },
    ],
    setUp: connected('keep'),
    qos: 0,
    judge(facts) {
      const timeout = of(facts, 'state').find(
        ({ cause }) => cause instanceof ConnectionLostError && cause.reason === 'keep-alive-timeout',
      );
      if (timeout) return reached(`The ${timeout.clientId} found it: no answer to its PINGREQ.`);
      const silent = of(facts, 'connection').find(
        ({ error }) => error instanceof ProtocolError && error.clause === 'MQTT-3.1.2-24',
      );
      if (silent)
        return reached(`The broker found it: nothing from the ${silent.clientId} in 1.5 times the keep alive.`);
      return open('Neither end has noticed anything.');
    },
  },
  {
    name: 'free',
    title: 'Just play',
    task:
      'Three clients and a broker, without a goal. The sensor has a will and can publish retained messages, ' +
      'which the broker gives to everyone who subscribes later. The display is not connected yet.',
    reason: 'All of it is real: our client and a strict broker talk MQTT in this browser, under a clock that you move.',
    section: '§4.3',
    devices: [
      { ...sensor, keepAlive: 60, willTopic: WILL_TOPIC },
      { ...phone, keepAlive: 60 },
      { clientId: 'display', keepAlive: 60, topicFilter: TOPIC },
    ],
    setUp: connected('keep'),
    qos: 1,
    judge: () => open(''),
  },
];

const reached = (says: string): Verdict => ({ isReached: true, says });
const open = (says: string): Verdict => ({ isReached: false, says });

/** What the sensor published: each of its messages has a text of its own. */
function publishedAt(qos: number, facts: readonly Fact[]): string[] {
  return [...new Set(sentBySensor(facts).flatMap((packet) => (packet.qos === qos ? [textOf(packet)] : [])))];
}

function sentBySensor(facts: readonly Fact[]): PublishPacket[] {
  return of(facts, 'sent').flatMap(({ by, packet }) =>
    by === 'client' && packet.type === PacketType.PUBLISH ? [packet] : [],
  );
}

/** How often the phone got it from the sensor, and not from the broker's memory of retained messages. */
function countOf(text: string, facts: readonly Fact[]): number {
  return of(facts, 'message').filter((one) => one.clientId === 'phone' && one.text === text && !one.retain).length;
}

/** QoS 2 messages whose exchange was repeated by an end, and is over for the sensor and for the phone. */
function repeatedAndDone(facts: readonly Fact[]): string[] {
  const exchanges = new Map<string, { text: string; releases: number }>(); // under way, by sender and packet identifier
  const repeated = new Set<string>();
  const done: Record<string, Set<string>> = { client: new Set(), broker: new Set() };
  for (const fact of facts) {
    if (fact.kind !== 'sent' && fact.kind !== 'received') continue;
    const { kind, by, clientId, packet } = fact;
    const keyOf = (packetId: number) => `${by} ${clientId} ${packetId}`;
    if (kind === 'sent' && packet.type === PacketType.PUBLISH && packet.qos === 2) {
      if (packet.dup) repeated.add(textOf(packet));
      exchanges.set(keyOf(packet.packetId), { text: textOf(packet), releases: 0 });
    } else if (kind === 'sent' && packet.type === PacketType.PUBREL) {
      const exchange = exchanges.get(keyOf(packet.packetId));
      if (exchange && ++exchange.releases > 1) repeated.add(exchange.text);
    } else if (kind === 'received' && packet.type === PacketType.PUBCOMP) {
      const exchange = exchanges.get(keyOf(packet.packetId));
      if (exchange) done[by]!.add(exchange.text);
    }
  }
  return [...repeated].filter((text) => done['client']!.has(text) && done['broker']!.has(text));
}

/** A message that was sent to a subscriber, and did not come although one sent later did: the order is kept (4.6). */
function lostAt0(facts: readonly Fact[]): string | undefined {
  const subscribed = facts.findIndex((fact) => fact.kind === 'session' && fact.change === 'subscribed');
  const texts = sentBySensor(facts.slice(subscribed)).map((packet) => ({ qos: packet.qos, text: textOf(packet) }));
  const latest = texts.findLastIndex(({ text }) => countOf(text, facts) > 0);
  return texts.find(({ qos, text }, i) => qos === 0 && i < latest && countOf(text, facts) === 0)?.text;
}

/** Whether a message that reached the broker while the phone was away came to the phone in the session of before. */
function judgeSurvival(facts: readonly Fact[]): Verdict {
  let isAway = false;
  let isResumed = false;
  const missed = new Set<string>();
  for (const fact of facts) {
    if (fact.kind === 'connection' && fact.clientId === 'phone') {
      if (fact.state === 'closed') isAway = true;
      if (fact.state === 'accepted') isAway = false;
    } else if (fact.kind === 'session' && fact.clientId === 'phone') {
      if (fact.change === 'resumed') isResumed = true;
      if (fact.change === 'ended') missed.clear();
    } else if (fact.kind === 'received' && fact.by === 'broker' && fact.packet.type === PacketType.PUBLISH && isAway) {
      missed.add(textOf(fact.packet));
    } else if (fact.kind === 'message' && fact.clientId === 'phone' && isResumed && missed.has(fact.text)) {
      return reached(`The session survived: “${fact.text}” waited for the phone.`);
    }
  }
  if (!isAway) return open(isResumed ? 'The broker had kept the session.' : 'The phone has not been away yet.');
  return open(missed.size > 0 ? 'The phone is away, and missed a message.' : 'The phone is away.');
}

function textOf({ payload }: PublishPacket): string {
  return String.fromCharCode(...payload);
}
