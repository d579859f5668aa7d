import { expect, it } from 'vitest';
import { restart } from '../../src/connection/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';

const LONGEST = 2 ** 31 - 1;

it('sets a timer that is as long as a timer can be, and cuts off no fraction', () => {
  const clock = new FakeClock();
  for (const delay of [LONGEST, 0.2, -1]) restart(clock, undefined, delay, () => {});
  expect(clock.pending).toStrictEqual([0, 1, LONGEST]);
});

it.each([LONGEST + 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, Number.NaN])(
  'takes a delay of %d ms for never, and ends the timer before it',
  (delay) => {
    const clock = new FakeClock();
    const timer = restart(clock, undefined, 5, () => {});
    expect(restart(clock, timer, delay, () => {})).toBe(undefined);
    expect(clock.pending).toStrictEqual([]);
  },
);
