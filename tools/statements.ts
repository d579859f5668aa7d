// Every statement of the standard beside what sees to it: scans src and test, and makes the table in the docs.
import { readdirSync, readFileSync } from 'node:fs';
import type { Clause } from '../src/codec/codec.ts';
import { type Duty, duties, PENDING } from '../test/standard/normative-map.ts';

export interface Statement {
  readonly id: string;
  readonly text: string;
  readonly applies: string;
  readonly kind: string;
  readonly printedAs?: string;
}

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const json = (path: string) => JSON.parse(read(path));

export const numbered: readonly Statement[] = json('test/standard/normative.json');
export const unnumbered: readonly Statement[] = json('test/standard/normative-untagged.json').untagged;

function files(folder: string, ending: string): string[] {
  return readdirSync(new URL(folder, root), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : files(`${path}/`, ending);
      return entry.name.endsWith(ending) ? [path] : [];
    })
    .sort();
}

const testFiles = files('test/', '.test.ts').filter((file) => file !== 'test/tools/conformance.test.ts');

/** A line of a file, counted from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
}

/** Where `pattern` matches, by the clauses in its first group. */
function index(paths: readonly string[], pattern: RegExp): ReadonlyMap<string, readonly Place[]> {
  const found = new Map<string, Place[]>();
  for (const path of paths)
    read(path)
      .split('\n')
      .forEach((text, i) => {
        for (const [, clauses] of text.matchAll(pattern))
          for (const clause of clauses!.split(', '))
            found.set(clause, [...(found.get(clause) ?? []), { path, line: i + 1 }]);
      });
  return found;
}

/** What only cites the standard, and leaves judging to the others. */
const CITES = /^src\/(explain|cli)\//;
const judges = files('src/', '.ts').filter((file) => !CITES.test(file));

/** Clauses thrown in src, and where. */
export const thrown = index(judges, /'((?:MQTT-|§)[^']+)'/g);

/** Clauses that comments in src name, beside the lines that see to them. */
export const cited = index(judges, /\[((?:MQTT-|§)[^\]]+)\]/g);

/** Clauses that tests name outside of titles, where they assert them. */
export const asserted = index(testFiles, /'((?:MQTT-|§)[^' \]]+)'/g);

/** Strings with a bracketed clause or an unnumbered rule's words: the titles of tests. */
// the plainest file first: client.test.ts before client-failure.test.ts
const titlesIn = (paths: readonly string[]) =>
  [...paths]
    .sort((a, b) => a.length - b.length)
    .flatMap((path) =>
      [...read(path).matchAll(/(['"`])((?:(?!\1|\n).)*)\1/g)].map(([, , title]) => ({ path, title: title! })),
    );

/** What is about the broker of `mqtt311/testing`, and not about the client. */
const BROKER = /^(src|test)\/testing\//;
const titles = titlesIn([...testFiles, 'test/support/packets.ts'].filter((path) => !BROKER.test(path)));
const brokerTitles = titlesIn(testFiles.filter((path) => BROKER.test(path)));

/** The first test whose title has `fragment`. */
export function testFor(fragment: string): { path: string; title: string } | undefined {
  return titles.find(({ title }) => title.includes(' ') && title.includes(fragment));
}

/** The first test of the broker that names a statement in its title. */
function brokerTestFor(id: string): { path: string; title: string } | undefined {
  const clauses = (title: string) => [...title.matchAll(/\[([^\]]+)\]/g)].flatMap(([, list]) => list!.split(', '));
  return brokerTitles.find(({ title }) => title.includes(' ') && clauses(title).includes(id));
}

/** Whether something of ours must see to it, and not a server alone. */
export function isOurs({ applies }: Statement): boolean {
  return /codec|client|transport/.test(applies);
}

export function dutyOf({ id, applies }: Statement): Duty | undefined {
  const duty = duties[id];
  if (duty !== undefined) return duty;
  return isOurs({ id, applies } as Statement) ? undefined : { kind: 'server' };
}

const KINDS: Record<Duty['kind'], string> = {
  enforced: 'enforced by code',
  shown: 'done by code, shown by a test',
  type: 'impossible by type',
  server: "the server's duty",
  application: 'left to the application',
};

const placesOf = (id: string) => [thrown, cited].flatMap((found) => found.get(id as Clause) ?? []);
const link = ({ path, line }: Place) => `[${path.slice(4)}:${line}](../${path}#L${line})`;

function evidence(statement: Statement): string {
  const duty = dutyOf(statement)!;
  switch (duty.kind) {
    case 'enforced': {
      const places = (clause: Clause) => {
        const found = (thrown.get(clause) ?? []).filter(({ path }) => !BROKER.test(path));
        return found.map(link).join(', ');
      };
      return duty.clauses.map((clause) => `refused with \`${clause}\` in ${places(clause)}`).join('; ');
    }
    case 'shown': {
      if (PENDING.includes(statement.id)) return 'pending';
      const test = testFor(duty.title);
      if (test === undefined) return 'no test';
      const places = placesOf(statement.id).filter(({ path }) => !BROKER.test(path));
      return withTest(places, test);
    }
    default:
      return duty.note ?? '';
  }
}

/** Where the broker of `mqtt311/testing` sees to a statement that binds a server. */
function brokerEvidence({ id }: Statement): string {
  const places = placesOf(id).filter(({ path }) => BROKER.test(path));
  return withTest(places, brokerTestFor(id));
}

function withTest(places: readonly Place[], test: { path: string; title: string } | undefined): string {
  const links = places.map(link).join(', ');
  const shown = test && `[${test.path.slice(5)}](../${test.path}): ${test.title}`;
  return [links, shown].filter(Boolean).join('; ');
}

/** Where a statement stands in docs/conformance.md. */
export const anchorOf = (id: string) => id.toLowerCase();

function row(statement: Statement): string {
  const { id, text, printedAs } = statement;
  const name = printedAs?.startsWith('MQTT') ? `${id}, printed ${printedAs}` : id;
  const duty = KINDS[dutyOf(statement)!.kind];
  return `| <a id="${anchorOf(id)}"></a>${name} | ${text} | ${duty} | ${evidence(statement)} | ${brokerEvidence(statement)} |`;
}

/** The part of docs/conformance.md between its two marks. */
export function statementTable(): string {
  const count = (kind: Duty['kind']) => numbered.filter((statement) => dutyOf(statement)!.kind === kind).length;
  const summary = (Object.keys(KINDS) as Duty['kind'][]).map((kind) => `| ${KINDS[kind]} | ${count(kind)} |`);
  const head = [
    '| statement | asks (in our words) | who sees to it | evidence | the broker of `mqtt311/testing` |',
    '| --- | --- | --- | --- | --- |',
  ];
  return [
    `| of ${numbered.length} numbered statements | |`,
    '| --- | --- |',
    ...summary,
    '',
    ...head,
    ...numbered.map(row),
    '',
    'Requirements in the body of the standard that have no number:',
    '',
    ...head,
    ...unnumbered.map(row),
  ].join('\n');
}

const BEGIN = '<!-- statements: made by `npm run docs` -->';
const END = '<!-- end of statements -->';

/** `document` with the table as it should be. */
export function withTable(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('docs/conformance.md has lost its marks');
  return `${document.slice(0, begin)}${BEGIN}\n${statementTable()}\n${document.slice(end)}`;
}
