// Three publishers and three subscribers at one QoS while there is trouble, and what has become of their messages.
import { setTimeout as sleep } from 'node:timers/promises';
import { PacketType, type PublishPacket } from '../../../src/codec/codec.ts';
import { type Client, type ConnectOptions, connect, type Message, type QoS } from '../../../src/index.node.ts';
import { BROKERS, type Broker, type BrokerName } from '../../all/interop/brokers.ts';
import { Random } from '../simulation/random.ts';

/** The clients that are in trouble publish, or they subscribe. */
export type Side = 'publisher' | 'subscriber';

export interface Lane {
  readonly broker: BrokerName;
  readonly side: Side;
  readonly qos: QoS;
  readonly seed: number;
}

/** What happens to the connections meanwhile. */
export interface Trouble {
  /** Where the clients in trouble connect to, and the others. */
  readonly port: number;
  readonly otherPort: number;
  readonly host: string;
  /** Whether the broker may lose messages. The lane then does not wait for all of them. */
  readonly isLossy: boolean;
  begin(): void;
  readonly isEnough: boolean;
  /** From now on all goes well. */
  end(): Promise<void>;
}

/** A message is named after its publisher and its number: 2/17. */
export interface Outcome {
  readonly published: number;
  readonly fulfilled: number;
  /** Why promises were rejected. */
  readonly rejected: readonly string[];
  /** By all subscribers together: each gets every message. */
  readonly received: number;
  /** Fulfilled, and not received by one of the subscribers. */
  readonly lost: readonly string[];
  /** Those of them that were published when the trouble was over. */
  readonly lostAfterwards: readonly string[];
  /** Received more than once by one subscriber, which is no fault at QoS 1. */
  readonly repeated: readonly string[];
  /** Received for the first time after a later one of the same publisher. */
  readonly disordered: readonly string[];
  /** How a subscriber's client departed from what its connections brought, at the first place; undefined: none did. */
  readonly departure: string | undefined;
  /** Of the clients in trouble: connections accepted since it began, and those of them that found no session. */
  readonly connections: number;
  readonly sessionsLost: number;
}

/** Clients on each side. */
const CLIENTS = [1, 2, 3] as const;
/** Promises of a publisher that have not settled: more than the client has under way at a time. */
const PENDING = 110;
/** Messages that a publisher may be ahead of what the slowest subscriber has acknowledged: mosquitto drops behind 1,000. */
const AHEAD = 50;
/** Of how many messages one is handled slowly, and how many milliseconds that takes, at most. */
const [SLOW, SLOWEST] = [4, 10];
/** Messages of a publisher when the trouble is over. */
const AFTERWARDS = 100;
/** Milliseconds until there may be more; where nothing holds a publisher back, until there is one more. */
const [PACE, PACE_OF_ONE] = [2, 25];
/** After this many milliseconds without a message no more will come. Promises get more time. */
const QUIET = 5_000;
/** The same where the broker sends again what was not acknowledged when this time is over, and not at once. */
const LATE = 35_000;
const PATIENCE = 30_000;
/** The same for a publisher that waits for what a killed broker has lost. */
const GIVEN_UP = 500;
const POLL = 10;

export async function runLane(lane: Lane, trouble: Trouble): Promise<Outcome> {
  const { side, qos } = lane;
  const [subjects, others] = await Promise.all([
    openAll(lane, 'subject', trouble.host, trouble.port, { keepAlive: 2, connectTimeout: 2_000 }),
    openAll(lane, 'other', trouble.host, trouble.otherPort, { keepAlive: 60 }),
  ]);
  const [publishers, listeners] = side === 'publisher' ? [subjects, others] : [others, subjects];
  const topic = `faults/${side}/${qos}`;
  const receivers = listeners.map((client, i) => new Receiver(client, `${topic}/`, qos, randomOf(lane, 10 + i)));
  await Promise.all(receivers.map((receiver) => receiver.subscribe()));
  const senders = publishers.map((client, i) => new Sender(client, `${topic}/${i}`, i, qos, randomOf(lane, i)));
  const count = new Connections(subjects);

  trouble.begin();
  const isLate = (BROKERS[lane.broker] as Broker).faults.includes('repeats late') && qos > 0;
  // what is lost at QoS 0 never comes, and what comes late would stop them at every cut
  const isSteady = qos === 0 || (isLate && side === 'subscriber');
  await Promise.all(senders.map((sender) => sender.publishDuring(trouble, isSteady ? undefined : receivers)));
  await trouble.end();
  // when these are acknowledged, the connections are good
  await Promise.all([...subjects, ...others].map((client) => client.publish('nothing', '', { qos: 1 })));
  const quiet = isLate ? LATE : QUIET;
  await rest(senders, receivers, quiet); // repetitions wait at the broker, too
  for (const sender of senders) sender.publishLast();
  await rest(senders, receivers, quiet);

  await Promise.all([...subjects, ...others].map((client) => client.close()));
  return outcomeOf(senders, receivers, count);
}

/** Until everything is told, received and handled, or nothing comes any more. */
async function rest(senders: readonly Sender[], receivers: readonly Receiver[], quiet: number): Promise<void> {
  const isSettled = () => senders.every(({ pending }) => pending === 0);
  for (const end = Date.now() + PATIENCE; !isSettled() && Date.now() < end; ) await sleep(POLL);
  const isDone = () => receivers.every((receiver) => receiver.isDone(senders));
  const begin = Date.now();
  const last = () => Math.max(begin, ...receivers.map(({ at }) => at));
  while (!isDone() && Date.now() < last() + quiet) await sleep(POLL);
}

function openAll({ broker: name, side, qos }: Lane, who: string, host: string, port: number, more: ConnectOptions) {
  const { path, username, password }: Broker = BROKERS[name];
  const options = { cleanSession: false, username, password, reconnect: { minDelay: 10, maxDelay: 100 }, ...more };
  return Promise.all(
    CLIENTS.map(async (i) => {
      const client = await connect(`ws://${host}:${port}${path}`, {
        ...options,
        clientId: `${who}-${side}-${qos}-${i}`,
      });
      // some brokers keep a session only for a client that has subscribed
      if (qos > 0) await client.subscribe(`nothing/${who}`, { qos: 1 });
      return client;
    }),
  );
}

function outcomeOf(senders: readonly Sender[], receivers: readonly Receiver[], count: Connections): Outcome {
  const lost = receivers.flatMap(({ first }) =>
    senders.flatMap((sender) =>
      sender.fulfilled
        .filter((number) => !first[sender.index]!.has(number))
        .map((number) => ({ name: `${sender.index}/${number}`, isLast: number > sender.last })),
    ),
  );
  return {
    published: sum(senders.map(({ published }) => published)),
    fulfilled: sum(senders.map(({ fulfilled }) => fulfilled.length)),
    rejected: senders.flatMap(({ rejected }) => rejected),
    received: sum(receivers.map(({ all }) => all.length)),
    lost: lost.map(({ name }) => name),
    lostAfterwards: lost.filter(({ isLast }) => isLast).map(({ name }) => name),
    repeated: receivers.flatMap(({ repeated }) => repeated),
    disordered: receivers.flatMap(({ disordered }) => disordered),
    departure: receivers.map((receiver) => receiver.departure()).find((found) => found !== undefined),
    connections: count.connections,
    sessionsLost: count.sessionsLost,
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** To tell the random numbers of lanes apart, and of those who are in a lane. */
export const laneNumber = (side: Side, qos: QoS) => (side === 'publisher' ? qos : 3 + qos);
const randomOf = ({ side, qos, seed }: Lane, who: number) => new Random(seed, 100 + 20 * laneNumber(side, qos) + who);

/** Counts connections from now on. */
class Connections {
  connections = 0;
  sessionsLost = 0;

  constructor(clients: readonly Client[]) {
    for (const client of clients)
      client.on('packet', (direction, packet) => {
        if (direction === 'sent' || packet.type !== PacketType.CONNACK) return;
        this.connections += 1;
        if (!packet.sessionPresent) this.sessionsLost += 1;
      });
  }
}

/** Publishes numbers from 1 on. */
class Sender {
  published = 0;
  pending = 0;
  /** The last number before the trouble was over. */
  last = Number.POSITIVE_INFINITY;
  readonly index: number;
  readonly fulfilled: number[] = [];
  readonly rejected: string[] = [];
  private readonly client: Client;
  private readonly topic: string;
  private readonly qos: QoS;
  private readonly sizes: Random;

  constructor(client: Client, topic: string, index: number, qos: QoS, sizes: Random) {
    this.client = client;
    this.topic = topic;
    this.index = index;
    this.qos = qos;
    this.sizes = sizes;
  }

  /** @param receivers who must not fall behind; undefined: one message at a time, whoever receives it */
  async publishDuring(trouble: Trouble, receivers: readonly Receiver[] | undefined): Promise<void> {
    const missing = ({ wire }: Receiver) => this.published - wire.acknowledged[this.index]!.size;
    const given = new Map<Receiver, number>(); // up for lost: nothing comes any more
    const isAhead = () =>
      receivers?.some((receiver) => {
        const isQuiet = trouble.isLossy && this.pending === 0 && Date.now() > receiver.at + GIVEN_UP;
        if (isQuiet) given.set(receiver, missing(receiver));
        return missing(receiver) - (given.get(receiver) ?? 0) >= AHEAD;
      });
    while (!trouble.isEnough && this.client.state !== 'closed') {
      if (receivers === undefined) this.publish();
      else while (this.pending < PENDING && !isAhead()) this.publish();
      await sleep(receivers === undefined ? PACE_OF_ONE : PACE);
    }
  }

  publishLast(): void {
    this.last = this.published;
    for (let i = 0; i < AFTERWARDS; i++) this.publish();
  }

  private publish(): void {
    this.published += 1;
    this.pending += 1;
    const number = this.published;
    const padding = '.'.repeat(this.sizes.chance(0.01) ? 5_000 : this.sizes.below(40));
    this.client.publish(this.topic, `${this.index}/${number} ${padding}`, { qos: this.qos }).then(
      () => {
        this.pending -= 1;
        this.fulfilled.push(number);
      },
      (error: Error) => {
        this.pending -= 1;
        this.rejected.push(`${this.index}/${number}: ${error.name}: ${error.message}`);
      },
    );
  }
}

/** A subscriber whose handler takes its time. */
class Receiver {
  readonly all: string[] = [];
  /** By publisher. */
  readonly first: readonly Set<number>[] = CLIENTS.map(() => new Set<number>());
  readonly repeated: string[] = [];
  readonly disordered: string[] = [];
  /** When the last one came, by the clock on the wall. */
  at = Date.now();
  private readonly highest: number[] = CLIENTS.map(() => 0);
  private readonly found: number[] = CLIENTS.map(() => 0); // by sender, how many of its fulfilled messages are here
  private readonly client: Client;
  private readonly topic: string;
  private readonly qos: QoS;
  private readonly pauses: Random;
  readonly wire: Wire;

  constructor(client: Client, topic: string, qos: QoS, pauses: Random) {
    this.client = client;
    this.topic = topic;
    this.qos = qos;
    this.pauses = pauses;
    this.wire = new Wire(client, topic);
  }

  async subscribe(): Promise<void> {
    await this.client.subscribe(`${this.topic}+`, { qos: this.qos }, async (message: Message) => {
      this.take(nameOf(message.payload));
      if (this.pauses.below(SLOW) === 0) await sleep(this.pauses.below(SLOWEST));
    });
  }

  /** Whether everything is here that was fulfilled, and everything was handled that is here. */
  isDone(senders: readonly Sender[]): boolean {
    for (const { index, fulfilled } of senders) {
      while (this.first[index]!.has(fulfilled[this.found[index]!]!)) this.found[index]! += 1;
      if (this.found[index]! < fulfilled.length) return false;
    }
    return this.all.length >= this.wire.owed.length;
  }

  departure(): string | undefined {
    const { owed } = this.wire;
    for (let i = 0; i < Math.max(owed.length, this.all.length); i++)
      if (owed[i] !== this.all[i])
        return `${this.all[i]} in the place of ${owed[i]}, number ${i + 1} of ${owed.length}`;
    return undefined;
  }

  private take(name: string): void {
    this.at = Date.now();
    this.all.push(name);
    const [publisher, number] = name.split('/').map(Number) as [number, number];
    const first = this.first[publisher]!;
    if (first.has(number)) return void this.repeated.push(name);
    first.add(number);
    if (number < this.highest[publisher]!) this.disordered.push(name);
    this.highest[publisher] = Math.max(this.highest[publisher]!, number);
  }
}

/**
 * What a client owes to its application: a QoS 0 or 1 message whenever it comes, a QoS 2 message once until it is
 * released under its identifier. With brokers that have faults, the client is judged by this.
 */
class Wire {
  readonly owed: string[] = [];
  /** By publisher, what was acknowledged on the connection that brought it, though the broker may not have heard. */
  readonly acknowledged: readonly Set<string>[] = CLIENTS.map(() => new Set<string>());
  private readonly brought = new Map<number, string>(); // by this connection, under their identifiers
  private readonly open = new Set<number>();
  private readonly doubtful = new Set<number>();
  private unanswered = 0;

  /** @param topic the beginning of the topics that are looked at */
  constructor(client: Client, topic: string) {
    client.on('packet', (direction, packet) => {
      if (packet.type === PacketType.CONNECT) this.unanswered += 1;
      if (direction === 'received' && packet.type === PacketType.CONNACK) this.accepted(packet.sessionPresent);
      if (direction === 'received' && packet.type === PacketType.PUBREL) this.open.delete(packet.packetId);
      const isMessage = direction === 'received' && packet.type === PacketType.PUBLISH;
      if (isMessage && packet.topic.startsWith(topic)) this.take(packet);
      const isAnswer = packet.type === PacketType.PUBACK || packet.type === PacketType.PUBREC;
      if (direction === 'sent' && isAnswer) this.answered(packet.packetId);
    });
  }

  private accepted(sessionPresent: boolean): void {
    // a session that began with a lost CONNACK cannot be told from the one before: docs/client.md
    if (this.unanswered > 1) for (const packetId of this.open) this.doubtful.add(packetId);
    if (!sessionPresent) this.open.clear();
    this.unanswered = 0;
    this.brought.clear();
  }

  private answered(packetId: number): void {
    const name = this.brought.get(packetId);
    if (name !== undefined) this.acknowledged[Number.parseInt(name, 10)]!.add(name);
  }

  private take({ qos, packetId, dup, payload }: PublishPacket): void {
    this.brought.set(packetId, nameOf(payload));
    if (qos === 2 && this.open.has(packetId) && (dup || !this.doubtful.has(packetId))) return;
    if (qos === 2) this.open.add(packetId);
    this.doubtful.delete(packetId);
    this.owed.push(nameOf(payload));
  }
}

function nameOf(payload: Uint8Array): string {
  const text = Buffer.from(payload).toString();
  return text.slice(0, text.indexOf(' '));
}
