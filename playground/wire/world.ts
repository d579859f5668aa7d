// The world of the page: clients, broker, wire and clock. The same moves always lead to the same world.
import { type Broker, createBroker } from '../../src/testing/testing.ts';
import type { Challenge, Verdict } from './challenge.ts';
import { SteppedClock, settled } from './clock.ts';
import { Device } from './device.ts';
import type { Fact } from './fact.ts';
import { type Fate, type Parcel, Wire } from './wire.ts';

/** Milliseconds by which the reader delays a packet. */
export const DELAY = 5_000;

/** Older entries of the log go. */
const MOST_ENTRIES = 60;

/** What became of a packet, and when. */
export interface Entry {
  readonly at: number;
  readonly parcel: Parcel;
  readonly fate: Fate;
}

export class World {
  readonly challenge: Challenge;
  readonly clock = new SteppedClock();
  readonly broker: Broker;
  readonly wire: Wire;
  readonly devices: ReadonlyMap<string, Device>;
  readonly facts: Fact[] = [];
  readonly log: Entry[] = [];
  /** What the reader did, as a link tells it. */
  readonly moves: string[] = [];
  private published = 0;
  private startedAt = 0;
  private latest: Promise<void>;

  constructor(challenge: Challenge) {
    this.challenge = challenge;
    this.broker = createBroker({ clock: this.clock });
    this.wire = new Wire(this.clock, this.broker.transport, (parcel, fate) => this.take(parcel, fate));
    this.devices = new Map(
      challenge.devices.map((options) => [
        options.clientId,
        new Device(options, this.clock, this.wire.transportFor(options.clientId), (fact) => this.facts.push(fact)),
      ]),
    );
    this.listen();
    this.latest = this.setUp();
  }

  /** Resolves when the world has come to rest after all moves so far. */
  get settled(): Promise<void> {
    return this.latest;
  }

  /** Milliseconds since the reader's first move was possible. */
  get elapsed(): number {
    return this.clock.now() - this.startedAt;
  }

  get verdict(): Verdict {
    return this.challenge.judge(this.facts);
  }

  /**
   * Makes a move, behind those that are under way: `publish-sensor-1`, `deliver-7`, `time-1000` … Rejects with RangeError
   * when there is no such move, or when it cannot be made now: then nothing has changed.
   */
  perform(move: string): Promise<void> {
    const done = this.latest.then(() => this.make(move)).then(() => this.remember(move));
    this.latest = done.catch(() => {});
    return done;
  }

  private async setUp(): Promise<void> {
    for (const move of this.challenge.setUp) await this.make(move);
    this.log.length = 0;
    this.startedAt = this.clock.now();
    await this.make('hold-on');
  }

  private listen(): void {
    const { broker, facts } = this;
    broker.on('packet', ({ clientId, direction, packet, fate }) => {
      if (clientId === undefined || packet === undefined) return;
      if (direction === 'up' && fate === 'delivered') facts.push({ kind: 'received', by: 'broker', clientId, packet });
      if (direction === 'down' && fate === 'sent') facts.push({ kind: 'sent', by: 'broker', clientId, packet });
    });
    broker.on('connection', (event) => facts.push({ kind: 'connection', ...event }));
    broker.on('session', (event) => facts.push({ kind: 'session', ...event }));
  }

  private take(parcel: Parcel, fate: Fate): void {
    if (fate === 'sent') return;
    this.log.push({ at: this.elapsed, parcel, fate });
    if (this.log.length > MOST_ENTRIES) this.log.shift();
  }

  /** Time that passes in many steps is one move. */
  private remember(move: string): void {
    const [, before] = /^time-(\d+)$/.exec(this.moves.at(-1) ?? '') ?? [];
    const [, after] = /^time-(\d+)$/.exec(move) ?? [];
    if (before !== undefined && after !== undefined) this.moves.splice(-1, 1, `time-${Number(before) + Number(after)}`);
    else this.moves.push(move);
  }

  private async make(move: string): Promise<void> {
    const [verb = '', first = '', second = '', third = ''] = move.split('-');
    const id = Number(first);
    if (!LEGAL.get(verb)?.test(move))
      throw new RangeError(`'${move}' is no move: write ${[...LEGAL.keys()].join(', ')} with what it is about`);
    if (verb === 'time') return this.clock.advance(id);
    if (verb === 'hold') this.wire.hold(first === 'on');
    if (verb === 'deliver' && first === 'all') this.wire.deliverAll();
    else if (verb === 'deliver') this.wire.deliver(id);
    if (verb === 'drop') this.wire.drop(id);
    if (verb === 'delay') this.wire.delay(id, DELAY);
    if (verb === 'cut') this.wire.cut(this.device(first).options.clientId);
    if (verb === 'connect') this.device(first).connect(second === 'clean');
    if (verb === 'disconnect') this.device(first).disconnect();
    if (verb === 'publish') this.publish(this.device(first), Number(second) as 0 | 1 | 2, third === 'retain');
    await settled();
  }

  private publish(device: Device, qos: 0 | 1 | 2, retain: boolean): void {
    device.publish(`reading ${this.published + 1}`, qos, retain);
    this.published += 1;
  }

  private device(clientId: string): Device {
    const device = this.devices.get(clientId);
    if (device === undefined) throw new RangeError(`there is no client '${clientId}' in this challenge`);
    return device;
  }
}

const LEGAL: ReadonlyMap<string, RegExp> = new Map([
  ['time', /^time-\d{1,7}$/],
  ['hold', /^hold-(on|off)$/],
  ['deliver', /^deliver-(\d+|all)$/],
  ['drop', /^drop-\d+$/],
  ['delay', /^delay-\d+$/],
  ['cut', /^cut-\w+$/],
  ['connect', /^connect-\w+-(keep|clean)$/],
  ['disconnect', /^disconnect-\w+$/],
  ['publish', /^publish-sensor-[012](-retain)?$/],
]);
