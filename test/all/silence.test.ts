import { beforeAll, describe, expect, it } from 'vitest';
import { inWords, type Lived, liveAll } from '../torture/silence/hours.ts';

const HOURS = 10_000;
const SEED = 311;

describe(`in ${HOURS} simulated hours, with clocks that jump and timers that are late or rare`, () => {
  let lived: Lived[];
  beforeAll(async () => {
    lived = await liveAll(HOURS, SEED);
    for (const one of lived) console.log(inWords(one));
  }, 600_000);

  it('no live connection is called dead, no broker waits too long, and every silence is found in time', () => {
    expect(lived.flatMap(([, { complaints }]) => complaints)).toEqual([]);
  });

  it('a silence is found within one and a half keep alives of the last byte, and not before its PINGREQ has had its time', () => {
    const undisturbed = lived.filter(([{ disturbance }]) => disturbance === 'none');
    expect(undisturbed.map(([{ keepAlive }]) => keepAlive)).toEqual([1, 2, 30, 300]);
    for (const [{ keepAlive }, { found, latest, shortestWait }] of undisturbed) {
      expect(found).toBeGreaterThan(500);
      expect(latest).toBeLessThanOrEqual(1.5);
      expect(shortestWait).toBeGreaterThanOrEqual(Math.min(10_000, keepAlive * 500));
    }
  });
});
