// Simulated hours, shared out to keep alives and disturbances.
import { DISTURBANCES, live, type Report, type Setting } from './world.ts';

export type Lived = readonly [setting: Setting, report: Report];

/** Of all hours, by keep alive in seconds: the short ones are as many packets as the long ones. */
const SHARES = [
  [1, 0.002],
  [2, 0.004],
  [30, 0.094],
  [300, 0.9],
] as const;

export async function liveAll(hours: number, seed: number): Promise<Lived[]> {
  const lived: Lived[] = [];
  for (const disturbance of DISTURBANCES)
    for (const [keepAlive, share] of SHARES) {
      const setting = { keepAlive, hours: (hours * share) / DISTURBANCES.length, disturbance, seed };
      lived.push([setting, await live(setting)]);
    }
  return lived;
}

export function inWords([{ keepAlive, hours, disturbance }, report]: Lived): string {
  const { found, soonest, latest, shortestWait, packets, complaints } = report;
  return (
    `${disturbance}, keep alive ${keepAlive} s, ${hours} h: ${packets} packets, ${found} silences found, ` +
    `${soonest.toFixed(2)} to ${latest.toFixed(2)} keep alives after the last byte, ` +
    `${shortestWait} ms or more after a PINGREQ, ${complaints.length} complaints`
  );
}
