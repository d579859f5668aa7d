import { afterEach, describe, expect, it, vi } from 'vitest';
import { PacketType } from '../../../src/codec/codec.ts';
import { ClientSession } from '../../../src/session/client-session.ts';
import { SENDER } from '../../../src/session/exchange.ts';
import { everyCut, exchange, LENGTH, SETTING } from './cuts.ts';
import { type Action, type Plan, planOf, type Setting } from './plan.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';
import { type Outcome, simulate, World } from './simulate.ts';
import type { QoS } from './wire.ts';

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => void vi.restoreAllMocks());

describe('a simulation', () => {
  it('keeps every promise, 60 times', async () => {
    const { finding } = await run(1, 60, 200);
    expect(finding).toBe(undefined);
  });

  it('is the same twice, byte by byte, and another for another seed', async () => {
    const hashes: string[] = [];
    for (const seed of [1, 1, 2]) hashes.push((await simulate(planOf(seed, 200))).hash);
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
    expect(planOf(3, 200)).toStrictEqual(planOf(3, 200));
  });

  it('tells what never settles, and leaves out what it does not need for that', async () => {
    const { setting, actions, ...plan } = planOf(4, 50);
    const endless = { at: 10, kind: 'restart', away: 1e9, forgets: false, connacksLost: 0 } as const;
    const broken = { ...plan, setting: { ...setting, minDelay: 60_000 }, actions: [endless, ...actions] };
    expect((await simulate(broken)).violation).toMatchObject({ letter: 'g' });
    expect(await shrink(broken)).toMatchObject({ actions: [endless], faults: [] });
  });
});

describe('one QoS 2 exchange each way arrives once', () => {
  it('when nothing is cut, in so many bytes', async () => {
    const behind = [
      { direction: 'up', bytes: LENGTH.up - 1 },
      { direction: 'down', bytes: LENGTH.down - 1 },
    ] as const;
    for (const cut of behind) expect(await exchange([cut])).toMatchObject({ violation: undefined, connections: 1 });
  });

  it.each([
    ['with a handler', {}],
    ['with a slow handler', { consumer: 'async' }],
    ['with a loop', { consumer: 'loop' }],
    ['with a store', { durable: true, storeDelay: 2 }],
    ['in pieces', { split: 0.9, latency: 3 }],
  ] as const)('cut at every byte of both streams, %s', async (_, setting) => {
    for (const cut of everyCut)
      expect([cut, (await exchange([cut], setting)).violation]).toStrictEqual([cut, undefined]);
  });
});

/** What a restart comes to that forgets the session and loses the next CONNACK, at every millisecond of an exchange. */
const doubts = () => lettersOf(Array.from({ length: 100 }, (_, at) => exchange([], { latency: 20 }, [doubtAt(at)])));
const doubtAt = (at: number): Action => ({ at, kind: 'restart', away: 1, forgets: true, connacksLost: 1 });

/** The same for a second connection with the client id, at every byte of an exchange. */
const takeovers = (kind: 'takeover' | 'intrusion') =>
  lettersOf(everyCut.map((place) => exchange([{ ...place, kind }], { latency: 3 })));

/** The letters of promises that are broken; undefined: none. */
async function lettersOf(outcomes: readonly Promise<Outcome>[]): Promise<Set<string | undefined>> {
  return new Set((await Promise.all(outcomes)).map(({ violation }) => violation?.letter));
}

const publishAt = (at: number, number: number, qos: QoS): Action => {
  return { at, kind: 'publish', number, qos, size: 4, abortAfter: -1 };
};

const planWith = (setting: Partial<Setting>, ...actions: Action[]): Plan => {
  return { seed: 1, setting: { ...SETTING, ...setting }, actions, faults: [] };
};

const burst = (qos: QoS) => Array.from({ length: 150 }, (_, i) => publishAt(10, i + 1, qos));

describe('a simulation finds', () => {
  it('a window that is larger than the QoS 2 messages it takes, which the default is not', async () => {
    const limit = { takesQos2: 20, maxQueued: 1_000 };
    expect(await simulate(planWith(limit, ...burst(2)))).toMatchObject({ violation: undefined, connections: 1 });
    const outcome = await simulate(planWith({ ...limit, maxInflight: 1_000 }, ...burst(2)));
    expect(outcome).toMatchObject({ violation: { letter: 'a' } });
  });

  it('a window that is larger than the QoS 1 messages it takes, which the default is not', async () => {
    const limit = { takesQos1: 100, slowness: 5, maxQueued: 1_000 };
    expect(await simulate(planWith(limit, ...burst(1)))).toMatchObject({ violation: undefined, connections: 1 });
    const plan = planWith({ ...limit, maxInflight: 1_000 }, ...burst(1), { at: 5_000, kind: 'close' });
    expect((await simulate(plan)).connections).toBeGreaterThan(2); // until they go out one by one
  });

  it('a PUBREL to a session that never had the message, unless the client knows that it is in doubt', async () => {
    expect(await doubts()).toEqual(new Set([undefined]));
    const { connected } = ClientSession.prototype;
    vi.spyOn(ClientSession.prototype, 'connected').mockImplementation(function (this: ClientSession, isPresent) {
      connected.call(this, isPresent, false);
    });
    expect(await doubts()).toContain('a');
  });

  it.each([
    ['takeover', 'resumed'],
    ['intrusion', 'lost'],
  ] as const)('a QoS 2 publish that is taken for done after a %s', async (kind, event) => {
    expect(await takeovers(kind)).toEqual(new Set([undefined]));
    const released = SENDER[PacketType.PUBREL] as Record<string, unknown>;
    const right = released[event];
    try {
      released[event] = 'done';
      expect(await takeovers(kind)).toContain('a');
    } finally {
      released[event] = right;
    }
  });

  it('packet identifiers that begin again in the next process, which random ones do not', async () => {
    const kill = { at: 101, kind: 'kill', away: 0, lastWrite: false } as const;
    const plan = planWith({ isMortal: true, latency: 2 }, publishAt(100, 1, 2), kill, publishAt(200, 2, 2));
    expect(await simulate(plan)).toMatchObject({ violation: undefined });
    vi.spyOn(World.prototype, 'chanceOf').mockReturnValue({ float: () => 0 });
    expect(await simulate(plan)).toMatchObject({ violation: { letter: 'h' } });
  });
});
