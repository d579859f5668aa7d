// A connection that is slow, cuts what it carries into pieces, and breaks where the plan says.
import type { Transport, TransportEvents } from '../../../src/client/client.ts';
import type { Broker } from './broker.ts';
import type { Fault, Setting } from './plan.ts';
import type { Random } from './random.ts';
import type { Event, Time } from './time.ts';
import { type BrokerPacket, type ClientPacket, IllegalPacket, PacketStream, type Piece } from './wire.ts';

const NONE: Fault = { connection: 0, kind: 'cut', direction: 'up', bytes: Number.POSITIVE_INFINITY, delay: 0 };

/** One direction: bytes, and the packets that end in them. */
class Pipe<P> {
  /** Bytes that are under way. */
  waiting = 0;
  isEnding = false; // its end is behind the last byte
  isDead = false;
  private read = 0;
  private chunks: Uint8Array[] = [];
  private packets: Piece<P>[] = [];
  private pumping: Event | undefined;
  private readonly network: Network;
  private readonly deliver: (chunk: Uint8Array, packets: readonly Piece<P>[]) => void;
  private readonly ended: () => void;
  private fault: Fault;

  constructor(
    network: Network,
    fault: Fault,
    deliver: (chunk: Uint8Array, packets: readonly Piece<P>[]) => void,
    ended: () => void,
  ) {
    this.network = network;
    this.fault = fault;
    this.deliver = deliver;
    this.ended = ended;
  }

  write(bytes: Uint8Array, packets: readonly Piece<P>[]): void {
    if (this.isDead) {
      this.waiting += bytes.length; // the socket fills up
      return;
    }
    this.chunks.push(bytes);
    this.waiting += bytes.length;
    this.packets.push(...packets);
    this.pumpIn(this.network.random.below(this.network.setting.latency + 1));
  }

  /** Nothing comes behind what is under way. */
  end(): void {
    this.isEnding = true;
    this.pumpIn(this.network.random.below(this.network.setting.latency + 1));
  }

  /** What is under way is lost. */
  kill(): void {
    this.isDead = true;
    if (this.pumping !== undefined) this.pumping.run = undefined;
  }

  private pumpIn(delay: number): void {
    if (this.isDead || this.pumping !== undefined) return;
    this.pumping = this.network.time.schedule(
      delay,
      () => {
        this.pumping = undefined;
        this.pump();
      },
      true,
    );
  }

  private pump(): void {
    const { random, setting } = this.network;
    const { fault } = this;
    if (this.waiting > 0) {
      const isWhole = !random.chance(setting.split);
      const size = Math.min(
        isWhole ? this.waiting : random.magnitude(this.waiting),
        Math.max(fault.bytes - this.read, 0),
      );
      if (size > 0) this.deliver(this.take(size), this.packetsRead());
      if (this.isDead) return;
      if (this.read >= fault.bytes) return this.suffer(fault);
    }
    if (this.waiting > 0) return this.pumpIn(random.below(4));
    if (!this.isEnding) return;
    this.isDead = true;
    this.ended();
  }

  private suffer(fault: Fault): void {
    this.fault = NONE;
    if (fault.kind === 'stall') return this.pumpIn(fault.delay);
    if (fault.kind === 'takeover' || fault.kind === 'intrusion') {
      this.network.takeOver(fault);
      return this.pumpIn(0);
    }
    this.kill();
    if (fault.kind === 'cut') this.network.cut(fault.delay);
  }

  private take(size: number): Uint8Array {
    this.waiting -= size;
    this.read += size;
    const first = this.chunks[0]!;
    if (first.length > size) {
      this.chunks[0] = first.subarray(size);
      return first.slice(0, size);
    }
    if (first.length === size) return this.chunks.shift()!;
    const chunk = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const next = this.chunks.shift()!;
      const part = next.subarray(0, size - at);
      if (part.length < next.length) this.chunks.unshift(next.subarray(part.length));
      chunk.set(part, at);
      at += part.length;
    }
    return chunk;
  }

  private packetsRead(): Piece<P>[] {
    let count = 0;
    while (count < this.packets.length && this.packets[count]!.end <= this.read) count += 1;
    return this.packets.splice(0, count);
  }
}

/** Listens to a connection. */
export interface Observer {
  /** The client has written a packet. */
  sent(connection: Network, packet: ClientPacket): void;
  /** The client is about to be given the last byte of a packet. */
  received(connection: Network, packet: BrokerPacket): void;
  /** The client is about to be given some bytes. */
  heard(connection: Network): void;
  /** Bytes of the client have left. */
  moved(connection: Network): void;
  /** The client knows that the connection is over. */
  over(connection: Network): void;
  illegal(why: string): void;
  note(what: string, bytes?: Uint8Array): void;
  /** Code of the client is about to run. */
  touched(): void;
}

/** One connection, between a client's transport and the broker. */
export class Network implements Transport {
  readonly number: number;
  readonly time: Time;
  readonly random: Random;
  readonly setting: Setting;
  readonly reportsDrained: boolean;
  /** The client's side has ended, and hears nothing more. */
  isOver = false;
  private isOpen = false;
  private isGone = false; // the broker's side
  private readonly observer: Observer;
  private readonly broker: Broker;
  private readonly events: TransportEvents;
  /** Which session the broker has resumed or made. */
  session = 0;
  private readonly fromClient = new PacketStream<ClientPacket>('client');
  private readonly fromBroker = new PacketStream<BrokerPacket>('broker');
  private readonly up: Pipe<ClientPacket>;
  private readonly down: Pipe<BrokerPacket>;

  constructor(
    number: number,
    { time, random, setting }: { time: Time; random: Random; setting: Setting },
    faults: readonly Fault[],
    observer: Observer,
    broker: Broker,
    events: TransportEvents,
    isReachable: () => boolean,
  ) {
    this.number = number;
    this.time = time;
    this.random = random;
    this.setting = setting;
    this.reportsDrained = setting.reportsDrained;
    this.observer = observer;
    this.broker = broker;
    this.events = events;
    const along = (direction: Fault['direction']) => faults.find((fault) => fault.direction === direction) ?? NONE;
    this.up = new Pipe(
      this,
      along('up'),
      (chunk, packets) => this.arrive(chunk, packets),
      () => this.leave(),
    );
    this.down = new Pipe(
      this,
      along('down'),
      (chunk, packets) => this.give(chunk, packets),
      () => this.tellClosed(1000),
    );
    time.schedule(random.below(setting.latency + 1), () => {
      if (!isReachable()) return this.tellClosed(undefined);
      if (this.isOver) return;
      this.isOpen = true;
      broker.opened(this);
      observer.touched();
      observer.note(`${number} opened`);
      events.opened();
    });
  }

  /** Something is swallowed, and the client has yet to find out. */
  get isSilenced(): boolean {
    return !this.isOver && (this.up.isDead || this.down.isDead);
  }

  /** Something is under way. */
  get isBusy(): boolean {
    return !this.isOver && this.up.waiting + this.down.waiting > 0;
  }

  // ---- the client's side

  send(bytes: Uint8Array): void {
    this.observer.note(`${this.number} sent`, bytes);
    if (this.isOver || this.up.isEnding || !this.isOpen)
      return this.observer.illegal('sent on a connection that is over');
    let packets: Piece<ClientPacket>[];
    try {
      packets = this.fromClient.push(bytes);
    } catch (error) {
      if (!(error instanceof IllegalPacket) && !(error instanceof TypeError)) throw error;
      return this.observer.illegal(error.message);
    }
    for (const { packet } of packets) this.observer.sent(this, packet);
    this.up.write(bytes, packets);
  }

  close(): void {
    this.observer.note(`${this.number} closed by the client`);
    this.up.end();
  }

  abort(): void {
    this.observer.note(`${this.number} aborted`);
    this.endClient();
    this.up.end();
  }

  bufferedAmount(): number {
    return this.up.waiting;
  }

  /** The client's process is dead. */
  die(): void {
    if (this.isOver) return;
    this.endClient();
    this.up.end();
  }

  private give(chunk: Uint8Array, packets: readonly Piece<BrokerPacket>[]): void {
    if (this.isOver) return;
    this.observer.note(`${this.number} received`, chunk);
    this.observer.heard(this);
    for (const { packet } of packets) this.observer.received(this, packet);
    this.observer.touched();
    this.events.received(chunk);
  }

  private tellClosed(code: number | undefined): void {
    if (this.isOver) return;
    this.observer.note(`${this.number} closed ${code}`);
    this.endClient();
    this.observer.touched();
    this.events.closed(undefined, code);
  }

  private endClient(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.down.kill();
    this.observer.over(this);
  }

  // ---- the broker's side

  /** The broker sends. */
  put(bytes: Uint8Array): void {
    if (!this.isGone && !this.down.isEnding) this.down.write(bytes, this.fromBroker.push(bytes));
  }

  /** The broker closes the connection; what it has sent arrives before. */
  hangUp(): void {
    this.down.end();
    this.forsake();
  }

  private arrive(_chunk: Uint8Array, packets: readonly Piece<ClientPacket>[]): void {
    if (this.isGone) return;
    if (!this.isOver) this.observer.moved(this);
    for (const { packet, bytes } of packets) this.broker.take(this, packet, bytes);
    if (this.up.waiting === 0 && this.reportsDrained && !this.isOver) {
      this.observer.touched();
      this.events.drained();
    }
  }

  // the client has ended it
  private leave(): void {
    this.forsake();
    this.down.end();
  }

  private forsake(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.up.kill();
    this.broker.closed(this);
  }

  // ---- the network

  takeOver({ kind, delay }: Fault): void {
    this.observer.note(kind);
    this.broker.takeOver(kind === 'intrusion', delay);
  }

  /** It breaks: what is under way still arrives until the two ends hear of it. */
  cut(delay: number): void {
    this.time.schedule(this.random.below(delay + 1), () => this.tellClosed(1006));
    this.time.schedule(this.random.below(delay + 1), () => this.forsake());
  }
}
