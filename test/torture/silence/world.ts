// A client whose broker falls silent, in simulated time: with a clock that jumps, with timers that are late or rare.
import {
  type Client,
  type Clock,
  ConnectionLostError,
  connect,
  type Transport,
  type TransportEvents,
} from '../../../src/client/client.ts';
import { connack, encode, type Packet, pingresp, puback, publish } from '../../../src/codec/codec.ts';
import { settled } from '../../support/fake-clock.ts';
import { Random } from '../simulation/random.ts';
import { type Event, Time } from '../simulation/time.ts';
import { type ClientPacket, PacketStream } from '../simulation/wire.ts';

const HOUR = 3_600_000;
const TICK = 60_000;
const LATEST = 600_000;

/** Nothing; the clock is set by an hour, either way; timers come up to ten minutes late; timers come once a minute. */
export const DISTURBANCES = ['none', 'jumps', 'late timers', 'rare ticks'] as const;
export type Disturbance = (typeof DISTURBANCES)[number];

export interface Setting {
  /** Seconds. */
  readonly keepAlive: number;
  readonly hours: number;
  readonly disturbance: Disturbance;
  readonly seed: number;
}

export interface Report {
  /** Silences that were found, and how long after the last byte, in keep alives. */
  readonly found: number;
  readonly soonest: number;
  readonly latest: number;
  /** From a PINGREQ to the end, in milliseconds. */
  readonly shortestWait: number;
  readonly packets: number;
  readonly complaints: readonly string[];
}

export async function live(setting: Setting): Promise<Report> {
  return new World(setting).run();
}

class World {
  readonly time = new Time();
  readonly setting: Setting;
  readonly random: Random;
  readonly complaints: string[] = [];
  packets = 0;
  private readonly chance: Random;
  private readonly found: number[] = [];
  private shortestWait = Number.POSITIVE_INFINITY;
  private offset = 0;
  private line: Line | undefined;
  private client: Client | undefined;

  constructor(setting: Setting) {
    this.setting = setting;
    this.random = new Random(setting.seed, 1);
    this.chance = new Random(setting.seed, 2);
  }

  async run(): Promise<Report> {
    const { time, setting } = this;
    const end = time.now + setting.hours * HOUR;
    connect('ws://broker.test', {
      clientId: 'c',
      keepAlive: setting.keepAlive,
      reconnect: { initial: true },
      clock: this.clock,
      transport: (_url, events) => {
        this.line = new Line(this, events);
        return this.line;
      },
    }).then((client) => this.adopt(client));
    this.befall();
    this.talk();
    if (setting.disturbance === 'jumps') this.jump();
    await settled();
    while (time.now < end && time.step() !== undefined) await settled();
    const { found, shortestWait, packets, complaints } = this;
    const [soonest, latest] = [Math.min(...found), Math.max(...found)];
    return { found: found.length, soonest, latest, shortestWait, packets, complaints };
  }

  private get clock(): Clock {
    const { time, chance } = this;
    const { disturbance } = this.setting;
    return {
      now: () => time.now + this.offset,
      random: () => chance.float(),
      clearTimeout: (timer) => {
        if (timer !== undefined) (timer as Event).run = undefined;
      },
      setTimeout: (callback, milliseconds) => {
        const isLate = disturbance === 'late timers' && chance.chance(0.1);
        // whole milliseconds, as everywhere
        const due = time.now + Math.ceil(milliseconds) + (isLate ? chance.below(LATEST) : 0);
        return time.schedule((disturbance === 'rare ticks' ? Math.ceil(due / TICK) * TICK : due) - time.now, callback);
      },
    };
  }

  /** In milliseconds. */
  get keepAlive(): number {
    return this.setting.keepAlive * 1_000;
  }

  /** The wait for a PINGRESP, as docs/client.md has it. */
  get patience(): number {
    return Math.min(10_000, this.keepAlive / 2);
  }

  // every timer may be late: for the PINGREQ, for its answer, and for the second answer, which a late timer asks for
  private get longest(): number {
    const { disturbance } = this.setting;
    if (disturbance === 'none') return 1.5 * this.keepAlive;
    if (disturbance === 'jumps') return 2.5 * this.keepAlive;
    return 1.5 * this.keepAlive + this.patience + 3 * (disturbance === 'late timers' ? LATEST : TICK);
  }

  private adopt(client: Client): void {
    this.client = client;
    client.on('state', (state, cause) => {
      if (state === 'waiting') this.judge(cause!);
    });
  }

  private judge(cause: Error): void {
    const { time, line } = this;
    const isSilence = cause instanceof ConnectionLostError && cause.reason === 'keep-alive-timeout';
    if (!isSilence) return;
    if (!line!.isSilent) return void this.complaints.push(`at ${time.now}: a live connection is called dead`);
    const waited = time.now - line!.pingedAt;
    const gone = time.now - line!.lastGiven;
    if (waited < this.patience) this.complaints.push(`at ${time.now}: given up ${waited} ms after the PINGREQ`);
    if (gone > this.longest) this.complaints.push(`at ${time.now}: found ${gone} ms after the last byte`);
    this.found.push(gone / this.keepAlive);
    this.shortestWait = Math.min(this.shortestWait, waited);
  }

  // now and then nothing arrives any more, in either direction
  private befall(): void {
    this.time.schedule(this.random.below(20 * this.keepAlive), () => {
      if (this.line !== undefined) this.line.isSilent = true;
      this.befall();
    });
  }

  // either side says something, now often and now hardly ever
  private talk(): void {
    const pause = this.random.magnitude(8 * this.keepAlive);
    this.time.schedule(pause, () => {
      if (this.random.chance(0.5))
        void this.client?.publish('t', '', { qos: this.random.pick([0, 1]) }).catch(() => {});
      else this.line?.offer();
      this.talk();
    });
  }

  private jump(): void {
    this.time.schedule(this.random.between(5, 40) * this.keepAlive, () => {
      this.offset += this.random.pick([-HOUR, HOUR]);
      this.jump();
    });
  }
}

/** A connection to a broker that answers at once, or within a fifth of the patience, until it falls silent. */
class Line implements Transport {
  isSilent = false;
  pingedAt = 0;
  lastGiven: number;
  private isOver = false;
  private isAccepted = false;
  private readonly world: World;
  private readonly events: TransportEvents;
  private readonly stream = new PacketStream<ClientPacket>('client');
  private watch: Event | undefined;

  constructor(world: World, events: TransportEvents) {
    this.world = world;
    this.events = events;
    this.lastGiven = world.time.now;
    world.time.schedule(0, () => this.isOver || events.opened());
  }

  send(bytes: Uint8Array): void {
    const { time, keepAlive, setting } = this.world;
    for (const { packet } of this.stream.push(bytes)) {
      this.world.packets += 1;
      if (packet.type === 'PINGREQ') this.pingedAt = time.now;
      if (this.isSilent) continue;
      if (packet.type === 'CONNECT') this.put(connack({ sessionPresent: false, returnCode: 0 }));
      if (packet.type === 'PINGREQ') this.put(pingresp());
      if (packet.type === 'PUBLISH' && packet.qos === 1) this.put(puback(packet.id));
    }
    if (this.watch !== undefined) this.watch.run = undefined;
    // a broker closes what is quiet for one and a half keep alives [MQTT-3.1.2-24]
    this.watch = time.schedule(1.5 * keepAlive, () => {
      if (this.isSilent || this.isOver) return;
      if (setting.disturbance === 'none' || setting.disturbance === 'jumps')
        this.world.complaints.push(`at ${time.now}: the broker has heard nothing for one and a half keep alives`);
      this.isOver = true;
      this.events.closed(undefined, 1000);
    });
  }

  /** A message from somebody. */
  offer(): void {
    if (!this.isSilent && this.isAccepted) this.put(publish({ topic: 't', payload: new Uint8Array(0) }));
  }

  private put(packet: Packet): void {
    const { time, random, patience } = this.world;
    time.schedule(random.below(patience / 5), () => {
      if (this.isSilent || this.isOver) return;
      this.isAccepted = true;
      this.lastGiven = time.now;
      this.events.received(encode(packet));
    });
  }

  close(): void {
    this.abort();
  }

  abort(): void {
    this.isOver = true;
    if (this.watch !== undefined) this.watch.run = undefined;
  }
}
