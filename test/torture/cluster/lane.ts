// A publisher and a subscriber at one QoS, each on a node of a cluster, and what has become of their messages.
import { setTimeout as sleep } from 'node:timers/promises';
import type { QoS } from '../../../src/index.node.ts';
import type { Member, Move } from './member.ts';

export interface LaneOptions {
  readonly qos: QoS;
  readonly cleanSession: boolean;
  readonly publisher: Member;
  readonly subscriber: Member;
}

export interface Outcome {
  readonly published: number;
  readonly fulfilled: number;
  readonly rejected: readonly string[];
  /** Fulfilled, and never received. */
  readonly lost: readonly number[];
  /** Those of them that were published when all nodes were well again. */
  readonly lostAfterwards: readonly number[];
  /** Received more than once. */
  readonly repeated: readonly number[];
  /** Received for the first time behind a later one. */
  readonly disordered: readonly number[];
  readonly moves: readonly Move[];
  /** Milliseconds from each kill to the arrival of a message that was published after it. */
  readonly flows: readonly number[];
  /** Connections that did not find the session they had asked to be kept. */
  readonly sessionsLost: number;
  /** How many times nothing came to a subscriber that was online, until it connected again. */
  readonly stalls: number;
}

/** Promises of the publisher that have not settled. */
const PENDING = 50;
/** Milliseconds from one publish to the next. */
const PACE = 25;
/** Messages when all nodes are well again. */
const AFTERWARDS = 50;
const PATIENCE = 60_000;
const POLL = 20;

export class Lane {
  readonly qos: QoS;
  readonly cleanSession: boolean;
  readonly publisher: Member;
  readonly subscriber: Member;
  private readonly topic: string;
  private readonly fulfilled = new Set<number>();
  private readonly rejected: string[] = [];
  private readonly received = new Set<number>();
  private readonly repeated: number[] = [];
  private readonly disordered: number[] = [];
  private readonly flows: number[] = [];
  private stalls = 0;
  private published = 0;
  private highest = 0;
  private last = Number.POSITIVE_INFINITY;
  private isEnough = false;
  private running: Promise<void> | undefined;
  /** The last number published before the kill that is being watched. */
  private watched: { number: number; at: number } | undefined;

  constructor({ qos, cleanSession, publisher, subscriber }: LaneOptions) {
    this.qos = qos;
    this.cleanSession = cleanSession;
    this.topic = `cluster/${qos}/${cleanSession ? 'clean' : 'kept'}`;
    this.publisher = publisher;
    this.subscriber = subscriber;
  }

  async start(): Promise<void> {
    await this.publisher.open();
    await this.subscriber.open();
    await this.subscriber.subscribe(this.topic, this.qos, (text) => this.take(Number(text)));
    this.running = this.run();
  }

  get members(): readonly Member[] {
    return [this.publisher, this.subscriber];
  }

  /** A node is killed now, whether this lane is on it or not. */
  watch(): void {
    this.watched = { number: this.published, at: performance.now() };
  }

  /** Whether what was published after the kill has begun to come. */
  get isFlowing(): boolean {
    return this.watched === undefined;
  }

  /** Both clients are online and nothing comes: counts that, and lets the subscriber begin again. */
  restart(): void {
    this.stalls += 1;
    this.subscriber.reconnect();
  }

  /** Where it is stuck, if it is. */
  describe(): string {
    const { qos, cleanSession, publisher, subscriber, published, pending, highest, watched } = this;
    const clients = [publisher, subscriber]
      .map(({ isOnline, node }) => `${isOnline ? 'online' : 'offline'} on node ${node}`)
      .join(' to ');
    const missing = watched === undefined ? '' : `, nothing behind number ${watched.number}`;
    const counts = `${published} published, ${pending} pending, ${this.received.size} received up to ${highest}`;
    return `QoS ${qos}, cleanSession ${cleanSession}: ${clients}, ${counts}${missing}`;
  }

  async end(): Promise<Outcome> {
    this.isEnough = true;
    await this.running;
    await this.until(() => this.pending === 0);
    this.last = this.published;
    for (let i = 0; i < AFTERWARDS; i++) this.publish();
    const isDone = () => this.pending === 0 && [...this.fulfilled].every((number) => this.received.has(number));
    const mayLose = this.qos === 0 || this.cleanSession;
    const isLastHere = () => this.pending === 0 && this.missing().every((number) => number <= this.last);
    await this.until(mayLose ? isLastHere : isDone);
    await Promise.all(this.members.map((member) => member.close()));
    return this.outcome();
  }

  private async run(): Promise<void> {
    for (; !this.isEnough; await sleep(PACE)) if (this.pending < PENDING) this.publish();
  }

  private get pending(): number {
    return this.published - this.fulfilled.size - this.rejected.length;
  }

  private publish(): void {
    this.published += 1;
    const number = this.published;
    this.publisher.publish(this.topic, `${number}`, this.qos).then(
      () => this.fulfilled.add(number),
      (error: Error) => this.rejected.push(`${number}: ${error.name}: ${error.message}`),
    );
  }

  private take(number: number): void {
    if (this.received.has(number)) return void this.repeated.push(number);
    this.received.add(number);
    if (number < this.highest) this.disordered.push(number);
    this.highest = Math.max(this.highest, number);
    if (this.watched === undefined || number <= this.watched.number) return;
    this.flows.push(performance.now() - this.watched.at);
    this.watched = undefined;
  }

  private missing(): number[] {
    return [...this.fulfilled].filter((number) => !this.received.has(number));
  }

  private async until(isDone: () => boolean): Promise<void> {
    for (const end = Date.now() + PATIENCE; !isDone() && Date.now() < end; ) await sleep(POLL);
  }

  private outcome(): Outcome {
    const { published, fulfilled, rejected, repeated, disordered, flows, stalls, publisher, subscriber } = this;
    const lost = this.missing();
    return {
      published,
      fulfilled: fulfilled.size,
      rejected,
      lost,
      lostAfterwards: lost.filter((number) => number > this.last),
      repeated,
      disordered,
      moves: [...publisher.moves, ...subscriber.moves],
      flows,
      stalls,
      sessionsLost: publisher.sessionsLost + subscriber.sessionsLost,
    };
  }
}
