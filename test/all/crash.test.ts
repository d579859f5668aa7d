import { beforeAll, describe, expect, it } from 'vitest';
import { kill, type Report } from '../torture/crash/kills.ts';

const KILLS = 200;
const SEED = 311;

describe(`a process that is killed ${KILLS} times, and started again on the same store`, () => {
  let report: Report;
  beforeAll(async () => {
    report = await kill(KILLS, SEED);
    console.log(report);
  }, 600_000);

  it('loses nothing that was fulfilled or kept, and repeats no QoS 2 message past its PUBREC', () => {
    expect(report.complaints).toEqual([]);
  });

  it('was killed while messages were under way', () => {
    expect(report.online).toBeGreaterThan(KILLS / 2);
    expect(report.kept).toBeGreaterThan(KILLS);
    expect(Math.min(report.fulfilled, report.processed)).toBeGreaterThan(KILLS);
  });
});
