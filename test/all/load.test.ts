import { describe, expect, it, vi } from 'vitest';
import { load } from '../torture/load/load.ts';

vi.setConfig({ testTimeout: 600_000 });

const SEED = 311;
const MEBIBYTE = 0x10_0000;

describe.concurrent(`under load, seed ${SEED}`, () => {
  it('5 minutes at 1,000 messages a second lose nothing, and leave nothing behind', async () => {
    const soaked = await load('soak', 300, SEED);
    console.log(soaked);
    const { published, fulfilled, received, errors, resources, slope } = soaked;
    expect(published).toBeGreaterThanOrEqual(299_000);
    expect([fulfilled, received, errors, resources]).toEqual([published, published, 0, []]);
    expect(slope * 3_600_000).toBeLessThan(50 * MEBIBYTE); // in an hour: a byte for each message would be 3.4 MiB
  });

  it('10,000 connections leave no socket, no timer, and less than a hundred bytes each', async () => {
    const cycled = await load('cycles', 10_000, SEED);
    console.log(cycled);
    expect(cycled.resources).toEqual([]);
    expect(cycled.slope * 10_000).toBeLessThan(MEBIBYTE);
  });

  it('8,000 clients without sockets leave less than a hundred bytes each', async () => {
    const cycled = await load('clients', 8_000, SEED);
    console.log(cycled);
    expect(cycled.resources).toEqual([]);
    expect(cycled.slope * 10_000).toBeLessThan(MEBIBYTE);
  });
});
