// The result of a lane: judged, in words, and as a row of a table.
import type { QoS } from '../../../src/index.node.ts';
import { BROKERS, type BrokerName } from '../../all/interop/brokers.ts';
import type { Lane, Outcome } from './lane.ts';

export type Result = readonly [lane: Lane, outcome: Outcome];

/** Both sides, at every QoS that the broker knows. */
export const lanesOf = (broker: BrokerName, seed: number): Lane[] =>
  (['publisher', 'subscriber'] as const).flatMap((side) =>
    ([0, 1, 2] as const satisfies QoS[])
      .filter((qos) => qos <= BROKERS[broker].maxQos)
      .map((qos) => ({ broker, side, qos, seed })),
  );

/**
 * They send new messages before those that waited for a client that comes back, some of them twice under two
 * identifiers, and once in a while one at QoS 2 not at all, or as what MQTT takes for a repetition: their subscribers
 * are judged by what they were sent.
 */
export const MIXES: readonly BrokerName[] = ['aedes'];
/** They send again later what was not acknowledged, behind newer messages. */
const DISORDERS: readonly BrokerName[] = ['aedes', 'nats-server', 'rabbitmq'];

/** What must never happen while the broker keeps its sessions, and did. */
export function complaints(result: Result): string[] {
  const [{ broker, side, qos }, { rejected, lost, repeated, disordered, sessionsLost }] = result;
  const isMixed = side === 'subscriber' && MIXES.includes(broker);
  const isDisordered = side === 'subscriber' && DISORDERS.includes(broker);
  const mayLose = qos === 0 || (isMixed && qos === 2);
  return [
    ...tell(result, 'sessions lost', Array.from({ length: qos === 0 ? 0 : sessionsLost })),
    ...tell(result, 'rejected', qos === 1 ? rejected : []),
    ...tell(result, 'lost', mayLose ? [] : lost),
    ...tell(result, 'received twice', qos === 1 || isMixed ? [] : repeated),
    ...tell(result, 'out of order', isDisordered ? [] : disordered),
    ...complaintsAlways(isMixed && mayLose ? withoutLast(result) : result),
  ];
}

/** What must never happen, whatever the broker has lost, and did. */
export function complaintsAlways(result: Result): string[] {
  const [{ qos }, { published, fulfilled, rejected, lostAfterwards, departure }] = result;
  const reason = qos === 0 ? 'ConnectionLostError' : 'the session may be lost after the PUBREC';
  return [
    ...tell(result, 'never settled', Array.from({ length: published - fulfilled - rejected.length })),
    ...tell(
      result,
      'rejected without reason',
      rejected.filter((told) => !told.includes(reason)),
    ),
    ...tell(result, 'lost when the trouble was over', lostAfterwards),
    ...tell(result, 'departures from what the broker sent', departure === undefined ? [] : [departure]),
  ];
}

/**
 * A broker that is killed and reads its file again goes back in time, by a second or two: it sends again what was
 * acknowledged, and has lost what it acknowledged itself. No client can tell, and it may mistake what comes next.
 */
export function complaintsWithFile(result: Result): string[] {
  return complaintsAlways(withoutLast(result));
}

const withoutLast = ([lane, outcome]: Result): Result => [lane, { ...outcome, lostAfterwards: [] }];

function tell([{ broker, side, qos }]: Result, what: string, list: readonly unknown[]): string[] {
  if (list.length === 0) return [];
  return [`${broker}, ${side}, QoS ${qos}: ${list.length} ${what}: ${list.slice(0, 5).join(', ')}`];
}

const COUNTS = [
  'connections',
  'published',
  'fulfilled',
  'rejected',
  'received',
  'lost',
  'repeated',
  'disordered',
] as const;

const countsOf = (outcome: Outcome) =>
  COUNTS.map((name) => {
    const count = outcome[name];
    return (typeof count === 'number' ? count : count.length).toLocaleString('en');
  });

export function inWords([{ broker, side, qos }, outcome]: Result): string {
  const counts = countsOf(outcome).map((count, i) => `${count} ${COUNTS[i]}`);
  return `${broker}, ${side}, QoS ${qos}: ${counts.join(', ')}`;
}

/** In Markdown. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map(([{ broker, side, qos }, outcome]) => [
    BROKERS[broker].name,
    `the ${side}s`,
    qos,
    ...countsOf(outcome),
  ]);
  const head = ['broker', 'in trouble', 'QoS', ...COUNTS.slice(0, -1), 'out of order'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
