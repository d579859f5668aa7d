// What came of a lane, judged and in words.
import type { BrokerName } from '../../all/interop/brokers.ts';
import type { Lane, Outcome } from './lane.ts';

export type Result = readonly [lane: Lane, outcome: Outcome];

export const LANES = (['publisher', 'subscriber'] as const).flatMap((side) =>
  ([1, 2] as const).map((qos) => ({ side, qos })),
);

/**
 * They send new messages before those that waited for a client that comes back, some of them twice under two
 * identifiers, and once in a while one at QoS 2 not at all, or as what MQTT takes for a repetition: their subscribers
 * are judged by what they were sent.
 */
export const MIXES: readonly BrokerName[] = ['aedes'];

/** What must never happen while the broker keeps its sessions, and did. */
export function complaints(result: Result): string[] {
  const [{ broker, side, qos }, { rejected, lost, repeated, disordered, sessionsLost }] = result;
  const isMixed = side === 'subscriber' && MIXES.includes(broker);
  return [
    ...tell(result, 'sessions lost', Array.from({ length: sessionsLost })),
    ...tell(result, 'rejected', rejected),
    ...tell(result, 'lost', isMixed && qos === 2 ? [] : lost),
    ...tell(result, 'received twice', qos === 1 || isMixed ? [] : repeated),
    ...tell(result, 'out of order', isMixed ? [] : disordered),
    ...complaintsAlways(result),
  ];
}

/** What must never happen, whatever the broker has lost, and did. */
export function complaintsAlways(result: Result): string[] {
  const { published, fulfilled, rejected, lostAfterwards, departure } = result[1];
  const isExplained = (reason: string) => reason.includes('lost the session after its PUBREC');
  return [
    ...tell(result, 'never settled', Array.from({ length: published - fulfilled - rejected.length })),
    ...tell(
      result,
      'rejected without reason',
      rejected.filter((reason) => !isExplained(reason)),
    ),
    ...tell(result, 'lost when the trouble was over', lostAfterwards),
    ...tell(result, 'departures from what the broker sent', departure === undefined ? [] : [departure]),
  ];
}

function tell([{ broker, side, qos }]: Result, what: string, list: readonly unknown[]): string[] {
  if (list.length === 0) return [];
  return [`${broker}, ${side}, QoS ${qos}: ${list.length} ${what}: ${list.slice(0, 5).join(', ')}`];
}

export function inWords([{ broker, side, qos }, outcome]: Result): string {
  const { published, fulfilled, rejected, lost, repeated, disordered, connections } = outcome;
  return (
    `${broker}, ${side}, QoS ${qos}: ${connections} connections, ${published} published, ${fulfilled} fulfilled, ` +
    `${rejected.length} rejected, ${lost.length} lost, ${repeated.length} repeated, ${disordered.length} out of order`
  );
}
