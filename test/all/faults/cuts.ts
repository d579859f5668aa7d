// Cuts of real connections to one broker, per side and QoS: npm run torture -- faults makes more of them.
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cuts, cut, describeCuts } from '../../torture/faults/cuts.ts';
import { complaints, MIXES } from '../../torture/faults/result.ts';
import type { BrokerName } from '../interop/brokers.ts';

const SEED = 311;
const CUTS = 60;

export function cuts(broker: BrokerName): void {
  describe(`with ${broker}, ${CUTS} cuts per side and QoS, seed ${SEED}`, () => {
    let done: Cuts;
    beforeAll(async () => {
      done = await cut(broker, CUTS, SEED);
      for (const line of describeCuts(done)) console.log(line);
    }, 600_000);

    it('lose nothing at QoS 1 and 2, repeat no QoS 2 message, reject none without a reason, and keep the order', () => {
      expect(done.results.flatMap(complaints)).toEqual([]);
    });

    it('happened, with messages under way', () => {
      for (const { length } of done.faults) expect(length).toBe(CUTS);
      for (const [, { fulfilled, connections }] of done.results) {
        expect(fulfilled).toBeGreaterThan(CUTS);
        expect(connections).toBeGreaterThan(CUTS / 4);
      }
    });

    it.runIf(MIXES.includes(broker))('get old and new messages mixed by the broker', () => {
      const subscribers = done.results.filter(([{ side, qos }]) => side === 'subscriber' && qos > 0);
      expect(subscribers.filter(([, { disordered }]) => disordered.length > 0)).not.toEqual([]); // else it was repaired
    });
  });
}
