// One direction of a connection: packets on their way, one behind the other, as bytes of a stream.
import type { Packet } from '../codec/codec.ts';
import { NOTHING } from '../codec/read.ts';
import { restart } from '../connection/clock.ts';
import { joined } from './cutter.ts';
import type { PacketEvent } from './events.ts';
import type { Link } from './link.ts';
import type { Rule } from './network.ts';

/** The bytes of a packet, or bytes that are not a packet. Without bytes: the end of the stream. */
export interface Parcel {
  readonly bytes: Uint8Array;
  /** Undefined for bytes that are not a packet, and for the end. */
  readonly packet: Packet | undefined;
  /** When it arrives, at the earliest. */
  readonly due: number;
  /** The order that held it, also when it may go on. */
  heldBy: Rule | undefined;
  isHeld: boolean;
}

/** Milliseconds: a socket does not tell when it has room again. */
const POLL = 10;

export class Lane {
  readonly direction: PacketEvent['direction'];
  readonly link: Link;
  /** Of the packets on their way. */
  bytesOnTheirWay = 0;
  private readonly parcels = new Set<Parcel>(); // since the first of a long array cannot be taken out in no time
  private arrived: Uint8Array[] = []; // bytes that are to be cut into chunks
  private isScheduled = false;
  private timer: unknown;

  constructor(link: Link, direction: PacketEvent['direction']) {
    this.link = link;
    this.direction = direction;
  }

  /** Packets on their way. */
  get length(): number {
    return this.parcels.size;
  }

  /** Nothing follows any more. */
  end(): void {
    this.send(NOTHING, undefined);
  }

  send(bytes: Uint8Array, packet: Packet | undefined): void {
    const { network, clock } = this.link;
    const due = clock.now() + network.settingOf('delay', this); // one that is due earlier waits: nothing overtakes
    const parcel = { bytes, packet, due, heldBy: undefined, isHeld: false };
    this.parcels.add(parcel);
    this.bytesOnTheirWay += bytes.length;
    this.tell(parcel, 'sent');
    this.schedule();
  }

  /** Looks again soon what may arrive: in a later turn, so that nobody is called from where they send. */
  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    void Promise.resolve().then(() => {
      this.isScheduled = false;
      this.move();
    });
  }

  /** The connection is over: what is on its way is lost. */
  clear(): void {
    this.timer = restart(this.link.clock, this.timer);
    for (const parcel of this.parcels) this.tell(parcel, 'lost');
    this.parcels.clear();
  }

  /** Lets arrive what is due. */
  private move(): void {
    const { network, clock } = this.link;
    this.timer = restart(clock, this.timer);
    for (const parcel of this.parcels) {
      const left = this.link.isFull(this) ? POLL : parcel.due - clock.now();
      if (left > 0) {
        this.timer = restart(clock, this.timer, left, () => this.move());
        break;
      }
      const fate = network.fateOf(this, parcel);
      if (fate === 'hold') {
        if (!parcel.isHeld) this.tell(parcel, 'held');
        parcel.isHeld = true;
        break;
      }
      this.parcels.delete(parcel);
      this.bytesOnTheirWay -= parcel.bytes.length;
      if (fate === 'drop') this.tell(parcel, 'dropped');
      else if (fate === 'before' || fate === 'inside') this.cutAt(parcel, fate);
      else this.arrive(parcel, fate);
    }
    this.giveChunks();
    this.link.drained(this);
  }

  private arrive(parcel: Parcel, fate: 'deliver' | 'behind'): void {
    this.tell(parcel, 'delivered');
    if (parcel.bytes.length > 0) this.give(parcel.bytes, parcel.packet);
    else {
      this.giveChunks();
      this.link.ended(this);
    }
    if (fate === 'behind') this.cut();
  }

  private cutAt(parcel: Parcel, fate: 'before' | 'inside'): void {
    this.tell(parcel, 'lost');
    if (fate === 'inside') this.give(parcel.bytes.subarray(0, parcel.bytes.length >> 1));
    this.cut();
  }

  private cut(): void {
    this.giveChunks();
    this.link.cut();
  }

  private give(bytes: Uint8Array, packet?: Packet): void {
    if (this.link.network.settingOf('chunks', this) > 0) this.arrived.push(bytes);
    else this.link.arrived(this, bytes, packet);
  }

  /** Gives what arrived in chunks of the size that was asked for, whatever the packets are. */
  private giveChunks(): void {
    const { arrived } = this;
    if (arrived.length === 0) return;
    this.arrived = [];
    const size = this.link.network.settingOf('chunks', this) || Number.POSITIVE_INFINITY;
    const bytes = joined(arrived);
    for (let start = 0; start < bytes.length; start += size)
      this.link.arrived(this, bytes.slice(start, Math.min(start + size, bytes.length)));
  }

  private tell({ bytes, packet }: Parcel, fate: PacketEvent['fate']): void {
    const { events, clientId } = this.link;
    if (bytes.length > 0) events.emit('packet', { clientId, direction: this.direction, packet, fate });
  }
}
