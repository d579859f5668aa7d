// One QoS 2 exchange each way, cut at chosen bytes: every connection at one, and the last at none.
import type { Action, Fault, Plan, Setting } from './plan.ts';
import { type Outcome, simulate } from './simulate.ts';

export interface Cut {
  readonly direction: 'up' | 'down';
  readonly bytes: number;
  /** Default: a cut. */
  readonly kind?: Fault['kind'];
}

/** In which all goes well. */
export const SETTING: Setting = {
  cleanSession: false,
  durable: false,
  isMortal: false,
  keepAlive: 60,
  maxInflight: undefined,
  maxQueued: 10,
  minDelay: 1,
  window: 10,
  takesQos1: Number.POSITIVE_INFINITY,
  takesQos2: Number.POSITIVE_INFINITY,
  passesOn: 'PUBREL',
  slowness: 0,
  consumer: 'sync',
  reportsDrained: false,
  latency: 0,
  split: 0,
  storeDelay: 0,
  haste: 0,
};

/** Bytes in each direction when nothing is cut: a connection that is cut behind them is not cut. */
export const LENGTH = { up: 57, down: 39 } as const;

export const everyCut: readonly Cut[] = (['up', 'down'] as const).flatMap((direction) =>
  Array.from({ length: LENGTH[direction] }, (_, bytes) => ({ direction, bytes })),
);

/** The first connections are cut so; in what is left, both messages have to arrive, once. */
export function exchange(
  cuts: readonly Cut[],
  setting: Partial<Setting> = {},
  besides: readonly Action[] = [],
): Promise<Outcome> {
  const plan: Plan = {
    seed: 1,
    setting: { ...SETTING, ...setting },
    actions: [
      { at: 10, kind: 'publish', number: 1, qos: 2, size: 4, abortAfter: -1 },
      { at: 10, kind: 'offer', number: 2, qos: 2, topic: 'in/1', failures: 0, waits: true },
      ...besides,
    ],
    faults: cuts.map((cut, i) => ({ connection: i + 1, kind: 'cut', delay: 0, ...cut })),
  };
  return simulate(plan);
}
