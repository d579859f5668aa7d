// The result of the kills: judged, and as a table.
import type { Result } from './kills.ts';

/** What must never happen, and did. */
export function complaints(result: Result): string[] {
  const { qos, cleanSession, published, fulfilled, rejected, lost, lostAfterwards, repeated, moves } = result;
  const isKept = qos > 0 && !cleanSession;
  // all three nodes are tried in turn
  const stubborn = moves.filter(({ isElsewhere, attempts }) => !isElsewhere && attempts < 3);
  return [
    ...tell(
      result,
      'went to the killed node again',
      stubborn.map(({ attempts }) => `at attempt ${attempts}`),
    ),
    ...tell(result, 'never settled', Array.from({ length: published - fulfilled - rejected.length })),
    ...tell(result, 'rejected', qos === 0 ? [] : rejected),
    ...tell(result, 'lost', isKept ? lost : []),
    ...tell(result, 'lost when all nodes were well', lostAfterwards),
    ...tell(result, 'received twice', qos === 0 ? repeated : []),
  ];
}

function tell({ qos, cleanSession }: Result, what: string, list: readonly unknown[]): string[] {
  if (list.length === 0) return [];
  return [`QoS ${qos}, cleanSession ${cleanSession}: ${list.length} ${what}: ${list.slice(0, 5).join(', ')}`];
}

/** In Markdown. */
export function tableOf(results: readonly Result[]): string {
  const head = [
    'QoS',
    'session',
    'moves',
    'online again',
    'messages again',
    'published',
    'fulfilled',
    'rejected',
    'lost',
    'repeated',
    'out of order',
    'sessions lost',
    'stalls',
  ];
  const rows = results.map((result) => [
    result.qos,
    result.cleanSession ? 'clean' : 'kept',
    result.moves.length,
    seconds(result.moves.map(({ online }) => online)),
    seconds(result.flows),
    ...[
      result.published,
      result.fulfilled,
      result.rejected.length,
      result.lost.length,
      result.repeated.length,
      result.disordered.length,
      result.sessionsLost,
      result.stalls,
    ].map((count) => count.toLocaleString('en')),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Where the time went until a client was online again. */
export function describeMoves(results: readonly Result[], answers: readonly number[]): string {
  const moves = results.flatMap((result) => result.moves);
  const attempts = moves.map((move) => move.attempts);
  const first = moves.filter((move) => move.attempts === 1).length;
  return [
    `${moves.length} moves; the first attempt after ${seconds(moves.map(({ firstAttempt }) => firstAttempt))}`,
    `online after ${seconds(moves.map(({ online }) => online))}`,
    `${first} at the first attempt, the others after up to ${Math.max(0, ...attempts)}`,
    `MQTT.js, which begins at once: connected to a node that lives after ${seconds(answers)}`,
  ].join('\n');
}

function seconds(milliseconds: readonly number[]): string {
  if (milliseconds.length === 0) return '-';
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const [median, most] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  return `${(median / 1000).toFixed(1)} s, at most ${(most / 1000).toFixed(1)} s`;
}
