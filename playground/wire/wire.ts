// The wire between the clients and the broker: a transport that holds, delivers, drops or delays each packet.
import type { Packet } from '../../src/codec/codec.ts';
import { type Clock, restart } from '../../src/connection/clock.ts';
import type { Transport, TransportEvents, TransportFactory } from '../../src/connection/transport.ts';
import { Cutter } from '../../src/testing/cutter.ts';

/** Milliseconds that a packet travels. */
export const TRAVEL = 1_000;

export type Direction = 'up' | 'down';

/** A packet on its way, or the end of the connection behind the packets. */
export interface Parcel {
  readonly id: number;
  readonly clientId: string;
  /** 'up': to the broker; 'down': to the client. */
  readonly direction: Direction;
  readonly bytes: Uint8Array;
  /** Undefined for the end, and for bytes that are not a packet. */
  readonly packet: Packet | undefined;
  readonly isEnd: boolean;
  readonly sentAt: number;
  /** When it arrives; Infinity while it is held. It then waits for those in front of it: a stream keeps its order. */
  due: number;
}

export type Fate = 'sent' | 'delivered' | 'dropped' | 'lost';

export type Watcher = (parcel: Parcel, fate: Fate) => void;

export class Wire {
  isHolding = false;
  private readonly clock: Clock;
  private readonly transport: TransportFactory;
  private readonly watch: Watcher;
  private readonly lines = new Set<Line>();
  private lastId = 0;
  private timer: unknown;

  /** @param transport leads to the broker */
  constructor(clock: Clock, transport: TransportFactory, watch: Watcher) {
    this.clock = clock;
    this.transport = transport;
    this.watch = watch;
  }

  /** The transport for one client. */
  transportFor(clientId: string): TransportFactory {
    return (url, events) => {
      const line = new Line(this, clientId, events, (inner) => this.transport(url, inner));
      this.lines.add(line);
      return line;
    };
  }

  /** Everything on its way, those first that arrive first. */
  get parcels(): Parcel[] {
    return Array.from(this.lines).flatMap(({ up, down }) => [...up, ...down]);
  }

  hasLine(clientId: string): boolean {
    return Array.from(this.lines).some((line) => line.clientId === clientId);
  }

  /** Stops everything halfway that is, or will be, on its way; or lets it go on. */
  hold(isHolding: boolean): void {
    this.isHolding = isHolding;
    for (const parcel of this.parcels) {
      if (isHolding) parcel.due = Number.POSITIVE_INFINITY;
      else if (isHeld(parcel)) parcel.due = this.clock.now() + TRAVEL / 2;
    }
    this.schedule();
  }

  /** Lets this one arrive now, or behind those in front of it. */
  deliver(id: number): void {
    this.find(id).due = this.clock.now();
    this.move();
  }

  /** Lets everything arrive now that is on its way. */
  deliverAll(): void {
    for (const parcel of this.parcels) parcel.due = this.clock.now();
    this.move();
  }

  /** Lets this one arrive after this time. */
  delay(id: number, milliseconds: number): void {
    this.find(id).due = this.clock.now() + milliseconds;
    this.move();
  }

  drop(id: number): void {
    const parcel = this.find(id);
    for (const { up, down } of this.lines)
      for (const lane of [up, down]) if (lane.includes(parcel)) lane.splice(lane.indexOf(parcel), 1);
    this.watch(parcel, 'dropped');
    this.move();
  }

  /** Cuts every connection of this client: what is on its way is lost, and both ends are told. */
  cut(clientId: string): void {
    for (const line of Array.from(this.lines)) if (line.clientId === clientId) line.cut();
  }

  add(line: Line, direction: Direction, bytes: Uint8Array, packet: Packet | undefined, isEnd = false): void {
    const sentAt = this.clock.now();
    const due = this.isHolding ? Number.POSITIVE_INFINITY : sentAt + TRAVEL;
    this.lastId += 1;
    const parcel = { id: this.lastId, clientId: line.clientId, direction, bytes, packet, isEnd, sentAt, due };
    line[direction].push(parcel);
    this.watch(parcel, 'sent');
    this.schedule();
  }

  lose(lane: Parcel[]): void {
    for (const parcel of lane.splice(0)) this.watch(parcel, 'lost');
  }

  remove(line: Line): void {
    this.lines.delete(line);
  }

  private find(id: number): Parcel {
    const parcel = this.parcels.find((one) => one.id === id);
    if (parcel === undefined) throw new RangeError(`there is no packet ${id} on the wire`);
    return parcel;
  }

  /** Lets arrive what is due. */
  private move(): void {
    for (const line of Array.from(this.lines))
      for (const direction of ['up', 'down'] as const) {
        const lane = line[direction];
        for (let parcel = lane[0]; parcel && parcel.due <= this.clock.now(); parcel = lane[0]) {
          lane.shift();
          this.watch(parcel, 'delivered');
          line.arrive(parcel);
        }
      }
    this.schedule();
  }

  private schedule(): void {
    const dues = Array.from(this.lines).flatMap(({ up, down }) => [up[0]?.due ?? NEVER, down[0]?.due ?? NEVER]);
    const next = Math.min(NEVER, ...dues);
    this.timer = restart(this.clock, this.timer, next - this.clock.now(), () => this.move());
  }
}

export function isHeld({ due }: Parcel): boolean {
  return due === NEVER;
}

const NEVER = Number.POSITIVE_INFINITY;
const NO_BYTES = new Uint8Array();

/** One connection. The broker hears of it with the first packet, since it waits only 10 s for a CONNECT. */
class Line implements Transport {
  readonly reportsDrained = true;
  readonly up: Parcel[] = [];
  readonly down: Parcel[] = [];
  readonly clientId: string;
  private readonly wire: Wire;
  private readonly events: TransportEvents;
  private readonly open: (events: TransportEvents) => Transport;
  private readonly cutters = { up: new Cutter(), down: new Cutter() };
  private broker: Transport | undefined; // once something has arrived there
  private cause: unknown; // why the broker has closed the connection
  private isClosing = false; // the client has said all that it has to say
  private isOver = false;

  constructor(wire: Wire, clientId: string, events: TransportEvents, open: (events: TransportEvents) => Transport) {
    this.wire = wire;
    this.clientId = clientId;
    this.events = events;
    this.open = open;
    void Promise.resolve().then(() => events.opened());
  }

  // ---- what the client does

  send(bytes: Uint8Array): void {
    this.put('up', bytes);
  }

  close(): void {
    if (this.isOver || this.isClosing) return;
    this.isClosing = true;
    this.wire.add(this, 'up', NO_BYTES, undefined, true);
  }

  /** The client hears nothing more. */
  abort(): void {
    this.wire.lose(this.down);
    this.close();
  }

  // ---- what the wire does

  arrive({ direction, bytes, isEnd }: Parcel): void {
    if (direction === 'down') {
      if (isEnd) this.end(this.cause);
      else this.events.received(bytes);
    } else if (isEnd) {
      this.end(undefined);
    } else {
      this.broker ??= this.open(this.brokerEvents);
      this.broker.send(bytes);
    }
  }

  cut(): void {
    this.end(new Error('the line was cut'));
  }

  private readonly brokerEvents: TransportEvents = {
    opened: () => {},
    drained: () => {},
    received: (bytes) => this.put('down', bytes),
    closed: (cause) => {
      if (this.isOver) return;
      this.cause = cause;
      this.wire.lose(this.up);
      this.wire.add(this, 'down', NO_BYTES, undefined, true);
    },
  };

  private put(direction: Direction, chunk: Uint8Array): void {
    if (this.isOver) return;
    for (const { bytes, packet } of this.cutters[direction].cut(chunk)) this.wire.add(this, direction, bytes, packet);
  }

  /** Both ends are told. */
  private end(cause: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.wire.remove(this);
    this.wire.lose(this.up);
    this.wire.lose(this.down);
    this.broker?.abort?.();
    this.events.closed(cause);
  }
}
