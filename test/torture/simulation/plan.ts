// What happens in one simulation: everything is drawn from the seed before anything runs, so that parts can be left out.
import type { ConnectOptions } from '../../../src/client/client.ts';
import { Random } from './random.ts';
import type { QoS } from './wire.ts';

export interface Plan {
  readonly seed: number;
  readonly setting: Setting;
  readonly actions: readonly Action[];
  readonly faults: readonly Fault[];
}

export interface Setting {
  readonly cleanSession: boolean;
  /** Whether the session is kept in a store. */
  readonly durable: boolean;
  /** Whether processes end, and others follow. */
  readonly isMortal: boolean;
  readonly keepAlive: number;
  /** Undefined: the client's default, with which nothing may be lost whatever the broker's limits are. */
  readonly maxInflight: ConnectOptions['maxInflight'];
  readonly maxQueued: number;
  readonly minDelay: number;
  /** Messages that the broker has under way at a time. */
  readonly window: number;
  /** QoS 1 messages that the broker leaves unacknowledged at a time: it closes the connection that brings another. */
  readonly takesQos1: number;
  /** QoS 2 messages that the broker takes at a time: it answers another with a PUBREC, and does not keep it. */
  readonly takesQos2: number;
  /** The packet with which the broker passes a QoS 2 message on: figure 4.3 allows both. */
  readonly passesOn: 'PUBLISH' | 'PUBREL';
  /** Milliseconds until the broker acknowledges. */
  readonly slowness: number;
  readonly consumer: 'sync' | 'async' | 'loop';
  readonly reportsDrained: boolean;
  /** Milliseconds, at most, from one end of a connection to the other. */
  readonly latency: number;
  /** How often what is under way arrives in pieces. */
  readonly split: number;
  /** Milliseconds, at most, that the store takes. */
  readonly storeDelay: number;
  /** How often code runs again before promises have had their turn. */
  readonly haste: number;
}

/** Something that the application, another client or the broker does at `at` milliseconds. */
export type Action = { readonly at: number } & (
  | {
      readonly kind: 'publish';
      readonly number: number;
      readonly qos: QoS;
      readonly size: number;
      readonly abortAfter: number;
    }
  /** With `waits`, as soon as somebody subscribes. */
  | {
      readonly kind: 'offer';
      readonly number: number;
      readonly qos: QoS;
      readonly topic: string;
      readonly failures: number;
      readonly waits?: boolean;
    }
  | { readonly kind: 'subscribe'; readonly filters: readonly string[]; readonly abortAfter: number }
  | { readonly kind: 'unsubscribe'; readonly which: number }
  | { readonly kind: 'wake' }
  /** The process dies, or closes its client and starts another. */
  | { readonly kind: 'kill' | 'leave'; readonly away: number; readonly lastWrite: boolean }
  /** The broker ends every connection, and perhaps forgets the session. Then its next CONNACKs are lost. */
  | { readonly kind: 'restart'; readonly away: number; readonly forgets: boolean; readonly connacksLost: number }
  | { readonly kind: 'forget' }
  /** Nothing more: the client is closed while all that was begun goes on. */
  | { readonly kind: 'close' }
);

/**
 * What happens to the connection with this number: after this many bytes of a direction, or at once if none are given.
 * A takeover is a second connection with the same client id, which says nothing; an intrusion is one with a clean session.
 */
export interface Fault {
  readonly connection: number;
  readonly kind: 'cut' | 'silence' | 'stall' | 'refuse' | 'unreachable' | 'takeover' | 'intrusion';
  readonly direction: 'up' | 'down';
  readonly bytes: number;
  /** Milliseconds: of a stall, until the two ends hear of a cut, or until the second connection ends. */
  readonly delay: number;
}

const FOREVER = -1;
const ALL = Number.POSITIVE_INFINITY;

export function planOf(seed: number, messages: number): Plan {
  const random = new Random(seed);
  const setting = settingOf(random);
  const actions: Action[] = [];
  const pace = random.pick([0, 1, 5, 20, 100]);
  const [publishes, failures] = [
    random.pick([0.2, 0.5, 0.8]),
    setting.consumer === 'loop' ? 0 : random.pick([0, 0, 0.05]),
  ];
  const [aborts, large] = [random.pick([0, 0, 0.1]), random.pick([0, 0, 0, 0, 0, 0.02, 0.05, 0.3])];
  const requests = random.pick([0.02, 0.02, 0.2]);
  // one QoS fills the broker's limits
  const levels = random.pick<readonly QoS[]>([[0, 1, 1, 2, 2, 2], [0, 1, 1, 2, 2, 2], [0, 1, 1, 2, 2, 2], [1], [2]]);
  const qosOf = () => random.pick(levels);
  let at = 0;
  for (let number = 1; number <= messages; number++) {
    at += pause(random, pace, setting.keepAlive);
    if (random.chance(publishes)) {
      const size = random.chance(large) ? random.between(10_000, 70_000) : 4 + random.magnitude(60);
      const abortAfter = random.chance(aborts) ? random.below(2_000) : FOREVER;
      actions.push({ at, kind: 'publish', number, qos: qosOf(), size, abortAfter });
    } else {
      const topic = random.chance(0.1) ? `extra/${random.below(4)}` : `in/${random.below(3)}`;
      actions.push({ at, kind: 'offer', number, qos: qosOf(), topic, failures: random.chance(failures) ? 1 : 0 });
    }
    if (random.chance(requests)) actions.push(besides(random, at));
  }
  for (let k = random.pick([0, 0, 1, 2, 8]); k > 0; k--) actions.push(outage(random, at));
  for (let k = setting.isMortal ? random.between(1, 4) : 0; k > 0; k--)
    actions.push({
      at: random.below(at + 500),
      kind: random.chance(0.6) ? 'kill' : 'leave',
      away: random.chance(0.3) ? 0 : random.magnitude(3_000),
      lastWrite: random.chance(0.5),
    });
  if (random.chance(0.15)) actions.push({ at: random.below(at + 50), kind: 'close' });
  actions.sort((a, b) => a.at - b.at);
  return { seed, setting, actions, faults: faultsOf(random, setting) };
}

function settingOf(random: Random): Setting {
  const durable = random.chance(0.35);
  const keepAlive = random.pick([0, 1, 2, 5, 10, 30, 60]);
  const cleanSession = !durable && random.chance(0.15);
  const isMortal = durable || (!cleanSession && random.chance(0.15));
  const maxInflight = random.pick([undefined, undefined, undefined, 1, 2, 5, 20]);
  return {
    cleanSession,
    durable,
    isMortal,
    keepAlive,
    maxInflight,
    maxQueued: random.pick([3, 10_000, 10_000, 10_000]),
    minDelay: random.pick([1, 50, 500]),
    window: random.pick([1, 2, 5, 20]),
    takesQos1: random.pick([ALL, 100]),
    // what a process without a store leaves half done takes its place in the broker for ever
    takesQos2: isMortal && !durable ? ALL : random.pick([ALL, 20]),
    passesOn: random.pick(['PUBLISH', 'PUBREL']),
    slowness: random.pick([0, 0, 1, 30]),
    consumer: random.pick(['sync', 'async', 'loop']),
    reportsDrained: random.chance(0.5),
    latency: random.pick([0, 2, 50, 400]),
    split: random.pick([0, 0.2, 0.9]),
    storeDelay: keepAlive > 0 && keepAlive < 5 ? random.pick([0, 1, 20]) : random.pick([0, 1, 20, 300]),
    haste: random.pick([0, 0.3]),
  };
}

// mostly none: many things happen in one turn; now and then long enough for a PINGREQ
function pause(random: Random, pace: number, keepAlive: number): number {
  if (random.chance(0.5)) return 0;
  if (random.chance(0.01)) return random.below(keepAlive * 1_500 + 1_000);
  return random.below(2 * pace + 1);
}

function besides(random: Random, at: number): Action {
  const filters = [`extra/${random.below(4)}`, `refused/${random.below(2)}`].slice(0, random.pick([1, 1, 2]));
  const abortAfter = random.chance(0.3) ? random.below(100) : FOREVER;
  if (random.chance(0.4)) return { at, kind: 'subscribe', filters, abortAfter };
  if (random.chance(0.7)) return { at, kind: 'unsubscribe', which: random.below(8) };
  return { at, kind: 'wake' };
}

function outage(random: Random, end: number): Action {
  const at = random.below(end + 500);
  if (random.chance(0.3)) return { at, kind: 'forget' };
  const connacksLost = random.pick([0, 0, 1, 1, 2]);
  return { at, kind: 'restart', away: random.magnitude(5_000), forgets: random.chance(0.5), connacksLost };
}

function faultsOf(random: Random, { keepAlive }: Setting): Fault[] {
  const faults: Fault[] = [];
  for (let connection = 1, left = random.pick([0, 1, 3, 8, 20]); left > 0; connection++) {
    if (random.chance(0.2)) continue;
    left -= 1;
    // nobody notices silence without a keep-alive
    const kind = random.pick([
      'cut',
      'cut',
      'cut',
      'cut',
      'stall',
      keepAlive === 0 ? 'cut' : 'silence',
      'refuse',
      'unreachable',
      'takeover',
      'intrusion',
    ] as const);
    const direction = random.pick(['up', 'down'] as const);
    // the CONNACK, the first packets behind it, or anything
    const bytes = random.chance(0.4) ? random.below(random.pick([4, 100])) : random.magnitude(6_000);
    faults.push({ connection, kind, direction, bytes, delay: random.magnitude(kind === 'stall' ? 20_000 : 300) });
  }
  // CONNACKs that are lost, some in a row
  for (let left = random.pick([0, 0, 0, 1, 3]), connection = 1 + random.below(6); left > 0; left--, connection++)
    faults.unshift({
      connection,
      kind: 'cut',
      direction: 'down',
      bytes: random.below(4),
      delay: random.magnitude(300),
    });
  return faults;
}
