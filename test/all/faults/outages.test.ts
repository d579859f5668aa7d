import { describe, expect, it, vi } from 'vitest';
import { disturb } from '../../torture/faults/outages.ts';
import { partitioned, unshareNetwork } from '../../torture/faults/partition.ts';
import { complaints, complaintsAlways, complaintsWithFile, inWords, type Result } from '../../torture/faults/result.ts';

vi.setConfig({ testTimeout: 300_000 });

const SEED = 311;
const OUTAGES = 8;

const happened = (results: readonly Result[]) => {
  for (const result of results) console.log(inWords(result));
  expect(Math.max(...results.map(([, { connections }]) => connections))).toBeGreaterThan(1);
};

describe.concurrent(`a broker that is away ${OUTAGES} times, seed ${SEED}`, () => {
  it('loses nothing when mosquitto is stopped and goes on', async () => {
    const results = await disturb('mosquitto', 'SIGSTOP', OUTAGES, SEED);
    expect(results.flatMap(complaints)).toEqual([]);
    happened(results);
  });

  it('settles every promise for a reason when mosquitto is killed and its sessions are gone, and goes on', async () => {
    const results = await disturb('mosquitto', 'SIGKILL', OUTAGES, SEED);
    expect(results.flatMap(complaintsAlways)).toEqual([]);
    happened(results);
  });

  it('settles every promise for a reason when mosquitto is killed and its sessions are as old as its file', async () => {
    const results = await disturb('mosquitto', 'SIGKILL', OUTAGES, SEED, true);
    expect(results.flatMap(complaintsWithFile)).toEqual([]);
    happened(results);
  });

  it('loses nothing when the network between two namespaces is down', async (context) => {
    const unshare = unshareNetwork();
    if (unshare === undefined) return context.skip('not allowed here: unshare -n');
    const { code, output } = await partitioned(unshare, OUTAGES, SEED);
    console.log(output);
    expect([code, output]).toEqual([0, expect.stringContaining(', 0 complaints')]);
  });
});
