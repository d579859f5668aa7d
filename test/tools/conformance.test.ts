import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asserted, dutyOf, isOurs, numbered, testFor, thrown, unnumbered, withTable } from '../../tools/statements.ts';
import { duties, PENDING } from '../standard/normative-map.ts';

const statements = [...numbered, ...unnumbered];
const ids = statements.map(({ id }) => id);

describe('the statements of the standard', () => {
  it('are 141 with a number', () => expect(new Set(numbered.map(({ id }) => id)).size).toBe(141));

  it('are all seen to by someone', () => {
    expect(statements.filter((statement) => dutyOf(statement) === undefined)).toStrictEqual([]);
    expect(Object.keys(duties).filter((id) => !ids.includes(id))).toStrictEqual([]);
  });

  it('are not left to the server where they bind a client or its codec', () => {
    const left = statements.filter((statement) => isOurs(statement) && dutyOf(statement)?.kind === 'server');
    // a server's transport, and what a server does about a broken CONNECT
    expect(left.map(({ id }) => id)).toStrictEqual(['MQTT-3.1.4-1', 'MQTT-7.1.1-1']);
  });

  it('are enforced where the map says so', () => {
    const clauses = Object.values(duties).flatMap((duty) => (duty.kind === 'enforced' ? duty.clauses : []));
    expect(clauses.filter((clause) => !thrown.has(clause))).toStrictEqual([]);
  });

  it('have a test where the map says so, except those still pending', () => {
    const untested = statements.filter((statement) => {
      const duty = dutyOf(statement)!;
      return duty.kind === 'shown' && testFor(duty.title) === undefined;
    });
    expect(untested.map(({ id }) => id).filter((id) => !PENDING.includes(id))).toStrictEqual([]);
  });

  it('are a link away from the line that enforces them', () => {
    const document = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
    for (const [clause, places] of thrown)
      for (const { path, line } of places) {
        if (clause.startsWith('MQTT-')) expect(document).toContain(`(../${path}#L${line})`);
        const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').split('\n');
        expect(source[line - 1]).toContain(`'${clause}'`);
      }
  });

  it('have their table in docs/conformance.md up to date (npm run docs)', () => {
    const document = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
    expect(document).toBe(withTable(document));
  });
});

describe('a clause that src throws', () => {
  const clauses = [...thrown.keys()];

  it('is asserted by a test, except those still pending', () =>
    expect(clauses.filter((clause) => !asserted.has(clause) && !PENDING.includes(clause))).toStrictEqual([]));

  it('is a statement of the standard, or a section', () => {
    const known = numbered.flatMap(({ id, printedAs }) => [id, printedAs]);
    expect(clauses.filter((clause) => clause.startsWith('MQTT-') && !known.includes(clause))).toStrictEqual([]);
    expect(clauses.filter((clause) => !/^(MQTT-|§\d+(\.\d+)*$)/.test(clause))).toStrictEqual([]);
  });
});

describe('what is still pending', () => {
  it('is printed, and is a statement', () => {
    const isDone = (id: string) => {
      const duty = duties[id];
      const isShown = duty?.kind !== 'shown' || testFor(duty.title) !== undefined;
      return isShown && (!thrown.has(id) || asserted.has(id));
    };
    const done = PENDING.filter(isDone);
    if (PENDING.length > done.length) console.log(`pending: ${PENDING.filter((id) => !isDone(id)).join(' ')}`);
    if (done.length > 0) console.log(`done, to be taken off the list: ${done.join(' ')}`);
    expect(PENDING.filter((id) => !ids.includes(id))).toStrictEqual([]);
  });
});
