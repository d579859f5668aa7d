// Every row of the tables counts: whichever is dropped or changed, one of these scripts ends in another way.
import { expect, it } from 'vitest';
import { type Packet, puback, pubcomp, pubrec, pubrel, suback, unsuback } from '../../src/codec/codec.ts';
import { RECEIVER, SENDER, VIOLATIONS } from '../../src/session/exchange.ts';
import { createSession, type Receipt } from '../../src/session/session.ts';
import { message } from '../support/world.ts';

const ANSWERS: Record<string, Packet> = {
  PUBACK: puback(1),
  PUBREC: pubrec(1),
  PUBREL: pubrel(1),
  PUBCOMP: pubcomp(1),
  SUBACK: suback({ packetId: 1, returnCodes: [1] }),
  UNSUBACK: unsuback(1),
};

const SCRIPTS = [
  ...['publish-1', 'publish-2', 'publish-2 PUBREC', 'subscribe', 'unsubscribe'].flatMap((begin) =>
    [...Object.keys(ANSWERS), 'resumed', 'doubtful', 'doubtful PUBCOMP', 'lost'].map((end) => `${begin} ${end}`),
  ),
  ...Object.keys(ANSWERS),
  'receive-1 accept receive-1',
  'receive-1 reject receive-1',
  'receive-2 receive-2 accept receive-2',
  'receive-2 resumed receive-2 accept',
  'receive-2 accept receive-other receive-2 accept-other',
  'receive-2 reject receive-2',
  'receive-2 PUBREL receive-2',
  'receive-2 accept PUBREL receive-2',
  'receive-2 lost receive-2',
  'receive-2 accept lost receive-2',
];

/** All that a session does when these things happen, and what becomes of the message received. */
function play(script: string): string {
  const log: unknown[] = [];
  const receipts: Receipt[] = [];
  const session = createSession({
    send: (packet) => log.push(packet),
    deliver(_, receipt) {
      receipts.push(receipt);
      log.push('deliver');
    },
    restoreFailed: (topicFilter) => log.push(topicFilter),
    keep: (_, record) => log.push(['keep', record]),
  });
  const settle = (error?: Error, returnCodes?: readonly number[]) => log.push(['settle', error?.message, returnCodes]);
  const reconnect = (sessionPresent: boolean, isInDoubt = false) => {
    session.disconnected();
    session.connected(sessionPresent, isInDoubt);
  };
  const steps: Record<string, () => void> = {
    'publish-1': () => session.publish(message('t', 1), settle),
    'publish-2': () => session.publish(message('t', 2), settle),
    subscribe: () => session.subscribe([{ topicFilter: 't', qos: 1 }], settle),
    unsubscribe: () => session.unsubscribe(['t'], settle),
    'receive-1': () => session.receive(message('t', 1, 1)),
    'receive-2': () => session.receive(message('t', 2, 1)),
    'receive-other': () => session.receive(message('t', 2, 2)),
    accept: () => session.accept(receipts[0]!),
    'accept-other': () => session.accept(receipts[1]!),
    reject: () => session.reject(receipts[0]!),
    resumed: () => reconnect(true),
    doubtful: () => reconnect(true, true),
    lost: () => reconnect(false),
  };
  session.connected(false);
  for (const step of script.split(' ')) {
    try {
      if (steps[step]) steps[step]();
      else session.receive(ANSWERS[step]!);
    } catch (error) {
      log.push(String(error));
    }
    log.push(session.inflightCount, ...receipts.map(({ state }) => state));
  }
  return JSON.stringify(log);
}

type Line = Record<string, unknown>;
const tables: Record<string, Record<string, Line>> = { SENDER, RECEIVER, VIOLATIONS: { other: VIOLATIONS } };
const rows = Object.entries(tables).flatMap(([table, lines]) =>
  Object.entries(lines).flatMap(([state, line]) =>
    Object.keys(line).map((event) => ({ name: `${table}, state ${state}, event ${event}`, lines, line, event })),
  ),
);
const expected = SCRIPTS.map(play);

it.each(rows)('$name', ({ lines, line, event }) => {
  const outcome = line[event];
  const outcomes = new Set(Object.values(lines).flatMap((other) => Object.values(other)));
  for (const changed of [...outcomes, undefined].filter((other) => other !== outcome)) {
    line[event] = changed;
    const isNoticed = SCRIPTS.some((script, i) => play(script) !== expected[i]);
    line[event] = outcome;
    expect(isNoticed, `no script notices ${changed} in the place of ${outcome}`).toBe(true);
  }
});
