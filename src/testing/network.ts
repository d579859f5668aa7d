// A network that breaks when it is told to: the rules, and what each says about a packet that is about to arrive.
import type { Packet } from '../codec/codec.ts';
import type { Lane, Parcel } from './lane.ts';
import type { Link } from './link.ts';

/** What a rule is about; what is left out does not matter. */
export interface Where {
  readonly clientId?: string | undefined;
  /** 'up': to the broker; 'down': to the client. */
  readonly direction?: 'up' | 'down' | undefined;
}

/** Which packets a rule is about. */
export interface WherePacket extends Where {
  /** As in `PacketType.PUBACK`. */
  readonly type?: number | undefined;
  readonly matching?: ((packet: Packet) => boolean) | undefined;
  /** How many packets, and then no more. */
  readonly times?: number | undefined;
}

/** Where a connection is cut: before all of the packet has arrived, in the middle of its bytes, or behind it. */
export type CutPoint = 'before' | 'inside' | 'behind';

/**
 * The network between the broker and its clients. Without orders it carries everything at once. Orders hold for connections
 * that are there and for those to come, until `restore()`.
 *
 * A real network loses no packet and carries the next one: it is slow, it stands still, or it is cut. `drop` of some packets
 * is for peers that are broken.
 */
export interface Network {
  /** Cuts the connections that are there. Both sides hear of it. Given a packet, as by its type: when the next such arrives. */
  cut(where?: WherePacket & { readonly at?: CutPoint | undefined }): void;
  /** Holds packets, and all that follows them on the same way. Without one, nothing arrives: neither side hears of an end. */
  hold(where?: WherePacket): void;
  /** Lets this many held packets through. Without a number: all, and nothing is held any more. */
  release(times?: number, where?: Where): void;
  /** Makes packets vanish. Without one, all do, and the end too: the connection is half open, and neither side hears of it. */
  drop(where?: WherePacket): void;
  /** Each packet takes this long from now on, and keeps its place; 0: no time. */
  delay(milliseconds: number, where?: Where): void;
  /** Bytes arrive in chunks of this size, whatever the packets are: 1 splits them, Infinity joins them; 0: as they were sent. */
  chunks(size: number, where?: Where): void;
  /** Cuts all connections, and lets no client connect until `restore()`. */
  unplug(): void;
  /** Takes back every order, and releases what is held. */
  restore(): void;
}

type Order = 'hold' | 'drop' | CutPoint;

export interface Rule extends WherePacket {
  /** 'pass': packets may arrive although they are held. */
  readonly order: Order | 'pass';
  left: number;
}

interface Setting extends Where {
  readonly kind: 'delay' | 'chunks';
  readonly value: number;
}

export class MemoryNetwork implements Network {
  readonly links: Set<Link> = new Set();
  isUnplugged = false;
  private rules: Rule[] = [];
  private settings: Setting[] = [];

  cut({ at = 'before', ...where }: WherePacket & { readonly at?: CutPoint | undefined } = {}): void {
    if (isAboutPackets(where)) return this.add(at, { times: 1, ...where });
    for (const link of Array.from(this.links)) if (isAbout({ ...where, direction: undefined }, link.up)) link.cut();
  }

  hold(where: WherePacket = {}): void {
    this.add('hold', where);
  }

  release(times?: number, where: Where = {}): void {
    if (times === undefined) this.rules = this.rules.filter(({ order }) => order !== 'hold' && order !== 'pass');
    else this.add('pass', { ...where, times });
    this.moveAll();
  }

  drop(where: WherePacket = {}): void {
    this.add('drop', where);
  }

  delay(milliseconds: number, where: Where = {}): void {
    this.settings.unshift({ ...where, kind: 'delay', value: milliseconds });
  }

  chunks(size: number, where: Where = {}): void {
    this.settings.unshift({ ...where, kind: 'chunks', value: size });
  }

  unplug(): void {
    this.isUnplugged = true;
    this.cut();
  }

  restore(): void {
    this.isUnplugged = false;
    this.rules = [];
    this.settings = [];
    this.moveAll();
  }

  /** What was set last for this lane; 0: nothing. */
  settingOf(kind: Setting['kind'], lane: Lane): number {
    return this.settings.find((each) => each.kind === kind && isAbout(each, lane))?.value ?? 0;
  }

  /** What becomes of a parcel that is about to arrive: the first rule that is about it says so. */
  fateOf(lane: Lane, parcel: Parcel): Order | 'deliver' {
    if (this.rules.length === 0) return 'deliver';
    const use = (orders: RegExp) => {
      const isMeant = (each: Rule) => orders.test(each.order) && isAbout(each, lane) && isAboutParcel(each, parcel);
      const rule = this.rules.find((each) => each.left > 0 && isMeant(each));
      if (rule) rule.left -= 1;
      return rule;
    };
    parcel.heldBy ??= use(/hold/);
    if (parcel.heldBy && this.rules.includes(parcel.heldBy) && !use(/pass/)) return 'hold';
    return (use(/drop|before|inside|behind/)?.order as Order | undefined) ?? 'deliver';
  }

  private add(order: Rule['order'], where: WherePacket): void {
    const { times = Number.POSITIVE_INFINITY } = where;
    this.rules.push({ ...where, order, left: times });
  }

  private moveAll(): void {
    for (const { up, down } of this.links) {
      up.schedule();
      down.schedule();
    }
  }
}

const isAboutPackets = ({ type, matching }: WherePacket) => type !== undefined || matching !== undefined;

function isAbout({ clientId, direction }: Where, lane: Lane): boolean {
  return (
    (clientId === undefined || clientId === lane.link.clientId) &&
    (direction === undefined || direction === lane.direction)
  );
}

/** The end of a connection is concerned by rules about everything. */
function isAboutParcel(rule: WherePacket, { packet }: Parcel): boolean {
  if (!isAboutPackets(rule)) return true;
  if (!packet) return false;
  return (rule.type ?? packet.type) === packet.type && (rule.matching?.(packet) ?? true);
}
