// Messages in one direction at one QoS while there is trouble, and what has become of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { PacketType, type PublishPacket } from '../../../src/codec/codec.ts';
import { type Client, type ConnectOptions, connect, type Message } from '../../../src/index.node.ts';
import { BROKERS, type Broker, type BrokerName } from '../../all/interop/brokers.ts';
import { Random } from '../simulation/random.ts';

/** The client that is in trouble publishes, or it subscribes. */
export type Side = 'publisher' | 'subscriber';

export interface Lane {
  readonly broker: BrokerName;
  readonly side: Side;
  readonly qos: 1 | 2;
  readonly seed: number;
}

/** What happens to the connections meanwhile. */
export interface Trouble {
  /** Where the client in trouble connects to, and the other one. */
  readonly port: number;
  readonly otherPort: number;
  readonly host: string;
  begin(): void;
  readonly isEnough: boolean;
  /** From now on all goes well. */
  end(): Promise<void>;
}

export interface Outcome {
  readonly published: number;
  readonly fulfilled: number;
  /** Why promises were rejected. */
  readonly rejected: readonly string[];
  /** Fulfilled, and not received. */
  readonly lost: readonly number[];
  /** Those of them that were published when the trouble was over. */
  readonly lostAfterwards: readonly number[];
  /** Received more than once, which is no fault at QoS 1. */
  readonly repeated: readonly number[];
  /** Received for the first time after a later one. */
  readonly disordered: readonly number[];
  /** How the subscriber's client departed from what its connections brought, at the first place; undefined: it did not. */
  readonly departure: string | undefined;
  /** Connections accepted since the trouble began, and those of them that found no session. */
  readonly connections: number;
  readonly sessionsLost: number;
}

/** Messages under way at a time. */
const WINDOW = 20;
/** Messages when the trouble is over. */
const AFTERWARDS = 100;
/** Milliseconds until there may be more. */
const PACE = 2;
/** So many milliseconds without a message, and no more will come; for promises there is more patience. */
const QUIET = 5_000;
const PATIENCE = 30_000;
const POLL = 10;

export async function runLane({ broker: name, side, qos, seed }: Lane, trouble: Trouble): Promise<Outcome> {
  const broker: Broker = BROKERS[name];
  const { username, password } = broker;
  const topic = `faults/${side}/${qos}`;
  const received = new Receiver();
  const options = { cleanSession: false, username, password, reconnect: { minDelay: 1, maxDelay: 20 } };
  const open = (who: string, port: number, more: ConnectOptions) =>
    connect(`ws://${trouble.host}:${port}${broker.path}`, { ...options, clientId: `${who}-${side}-${qos}`, ...more });
  const subject = await open('subject', trouble.port, { keepAlive: 2, connectTimeout: 2_000 });
  const other = await open('other', trouble.otherPort, { keepAlive: 60 });
  let connections = 0;
  let sessionsLost = 0;
  subject.on('packet', (direction, packet) => {
    if (direction === 'sent' || packet.type !== PacketType.CONNACK) return;
    connections += 1;
    if (!packet.sessionPresent) sessionsLost += 1;
  });
  const [from, to] = side === 'publisher' ? [subject, other] : [other, subject];
  const wire = new Wire(to, topic);
  await to.subscribe(topic, { qos }, received.take);
  // there are brokers that keep a session only for who has subscribed
  await from.subscribe('faults/nothing', { qos: 1 });

  trouble.begin();
  const sender = new Sender(from, topic, qos, new Random(seed, 10 + laneNumber(side, qos)));
  const send = async (isEnough: () => boolean) => {
    while (!isEnough() && from.state !== 'closed') {
      // the one that is not in trouble must not run away from the one that is
      const isAhead = () => sender.published - received.first.size >= 2 * WINDOW && side === 'subscriber';
      while (sender.pending < WINDOW && !isAhead()) sender.publish();
      await sleep(PACE);
    }
  };
  await send(() => trouble.isEnough);
  await trouble.end();
  const last = sender.published;
  for (let i = 0; i < AFTERWARDS; i++) sender.publish();
  for (const end = Date.now() + PATIENCE; sender.pending > 0 && Date.now() < end; ) await sleep(POLL);
  const isAllThere = () => sender.fulfilled.every((number) => received.first.has(number));
  for (received.at = Date.now(); !isAllThere() && Date.now() < received.at + QUIET; ) await sleep(POLL);

  await Promise.all([subject.close(), other.close()]);
  const lost = sender.fulfilled.filter((number) => !received.first.has(number));
  return {
    published: sender.published,
    fulfilled: sender.fulfilled.length,
    rejected: sender.rejected,
    lost,
    lostAfterwards: lost.filter((number) => number > last),
    repeated: received.repeated,
    disordered: received.disordered,
    departure: departure(wire.owed, received.all),
    connections,
    sessionsLost,
  };
}

/** To tell the random numbers of lanes apart. */
export const laneNumber = (side: Side, qos: 1 | 2) => (side === 'publisher' ? qos : 2 + qos);

/** Publishes numbers from 1 on. */
class Sender {
  published = 0;
  pending = 0;
  readonly fulfilled: number[] = [];
  readonly rejected: string[] = [];
  private readonly client: Client;
  private readonly topic: string;
  private readonly qos: 1 | 2;
  private readonly sizes: Random;

  constructor(client: Client, topic: string, qos: 1 | 2, sizes: Random) {
    this.client = client;
    this.topic = topic;
    this.qos = qos;
    this.sizes = sizes;
  }

  publish(): void {
    this.published += 1;
    this.pending += 1;
    const number = this.published;
    const padding = '.'.repeat(this.sizes.chance(0.01) ? 5_000 : this.sizes.below(40));
    this.client.publish(this.topic, `${number} ${padding}`, { qos: this.qos }).then(
      () => {
        this.pending -= 1;
        this.fulfilled.push(number);
      },
      (error: Error) => {
        this.pending -= 1;
        this.rejected.push(`${number}: ${error.message}`);
      },
    );
  }
}

class Receiver {
  readonly all: number[] = [];
  readonly first = new Set<number>();
  readonly repeated: number[] = [];
  readonly disordered: number[] = [];
  /** When the last one came, by the clock on the wall. */
  at = 0;
  private last = 0;

  readonly take = (message: Message): void => {
    this.at = Date.now();
    const number = numberIn(message.payload);
    this.all.push(number);
    if (this.first.has(number)) return void this.repeated.push(number);
    this.first.add(number);
    if (number < this.last) this.disordered.push(number);
    this.last = Math.max(this.last, number);
  };
}

/**
 * What a client owes to its application: a QoS 1 message whenever it comes, a QoS 2 message once until it is released
 * under its identifier. With brokers that have faults, the client is judged by this.
 */
class Wire {
  readonly owed: number[] = [];
  private readonly open = new Set<number>();
  private readonly doubtful = new Set<number>();
  private unanswered = 0;

  constructor(client: Client, topic: string) {
    client.on('packet', (direction, packet) => {
      if (packet.type === PacketType.CONNECT) this.unanswered += 1;
      if (direction === 'received' && packet.type === PacketType.CONNACK) this.accepted(packet.sessionPresent);
      if (direction === 'received' && packet.type === PacketType.PUBREL) this.open.delete(packet.packetId);
      if (direction === 'received' && packet.type === PacketType.PUBLISH && packet.topic === topic) this.take(packet);
    });
  }

  private accepted(sessionPresent: boolean): void {
    // a session that began with a lost CONNACK cannot be told from the one before: docs/client.md
    if (this.unanswered > 1) for (const packetId of this.open) this.doubtful.add(packetId);
    if (!sessionPresent) this.open.clear();
    this.unanswered = 0;
  }

  private take({ qos, packetId, dup, payload }: PublishPacket): void {
    if (qos === 2 && this.open.has(packetId) && (dup || !this.doubtful.has(packetId))) return;
    if (qos === 2) this.open.add(packetId);
    this.doubtful.delete(packetId);
    this.owed.push(numberIn(payload));
  }
}

function numberIn(payload: Uint8Array): number {
  return Number.parseInt(Buffer.from(payload).toString(), 10);
}

function departure(owed: readonly number[], received: readonly number[]): string | undefined {
  for (let i = 0; i < Math.max(owed.length, received.length); i++)
    if (owed[i] !== received[i]) return `${received[i]} in the place of ${owed[i]}, number ${i + 1} of ${owed.length}`;
  return undefined;
}
