// The generated parts of the documents: examples, what they print and send, transcripts, diagrams, the line that leads
// through the course, and links from clauses to lines.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIAGRAMS } from './diagrams.ts';
import { anchorOf, numbered, type Place, thrown } from './statements.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
export const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(resolve(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/** Everything that people read; the API reference is made by typedoc, from what the compiler has seen. */
export const DOCUMENTS: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...filesIn('docs', /\.md$/).filter((path) => !/^docs\/(api|typedoc)\//.test(path)),
];

/** Programs that documents show. What they show as a test is run as one. */
export const EXAMPLES: readonly string[] = filesIn('examples', /(?<!\.test)\.(ts|mjs)$/);

/** The chapters of the course, in the order of reading. */
const CHAPTERS: readonly string[] = filesIn('docs/learn', /^\d.*\.md$/);

/** What can tell what examples and commands print. */
export interface World {
  outputOf(example: string): Promise<string>;
  /** What `mqtt311 broker --trace` prints while the example runs. */
  traceOf(example: string): Promise<string>;
  /** What `mqtt311` says to these arguments, on both of its streams. */
  answerTo(args: readonly string[]): Promise<string>;
}

/** The document with fresh generated parts. */
export async function freshDocument(path: string, world: World): Promise<string> {
  const withCourse = await replaceParts(read(path), 'course', () => courseIn(path));
  const withExamples = await replaceParts(withCourse, 'example', (name) => exampleIn(path, name));
  const withOutputs = await replaceParts(withExamples, 'output', async (name) =>
    fence('text', await world.outputOf(`examples/${name}`)),
  );
  const withTraces = await replaceParts(withOutputs, 'trace', async (name) =>
    fence('text', await world.traceOf(`examples/${name}`)),
  );
  const withTranscripts = await replaceParts(withTraces, 'transcript', async (_, old) =>
    fence('console', await transcriptOf(old, world)),
  );
  const withDiagrams = await replaceParts(withTranscripts, 'diagram', (name) => fence('mermaid', diagramOf(name)));
  return replaceParts(withDiagrams, 'clauses', (_, __, document) => linksOf(path, document));
}

const fence = (language: string, text: string) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;

const languageOf = (name: string) => (name.endsWith('.mjs') ? 'js' : name.slice(name.lastIndexOf('.') + 1));

const pathFrom = (document: string, path: string) => relative(dirname(resolve(root, document)), resolve(root, path));

/** The program, below the name of its file; the READMEs, which are short, do without the name. */
function exampleIn(document: string, name: string): string {
  const program = fence(languageOf(name), shownOf(name));
  if (!document.includes('/')) return program;
  return `[\`examples/${name}\`](${pathFrom(document, `examples/${name}`)})\n${program}`;
}

/** All chapters of the course, with a link to each of the others. */
function courseIn(document: string): string {
  const steps = CHAPTERS.map((path) => {
    const title = read(path).match(/^# (.*)$/m)![1]!;
    return path === document ? `**${title}**` : `[${title}](${pathFrom(document, path)})`;
  });
  return `${steps.join(' → ')}\n`;
}

function diagramOf(name: string): string {
  const draw = DIAGRAMS[name];
  if (draw === undefined) throw new Error(`tools/diagrams.ts has no diagram '${name}'`);
  return draw();
}

/** What is between `#region` and `#endregion`, or all of it. */
function shownOf(example: string): string {
  const source = read(`examples/${example}`);
  const [, region] = /^(?:\/\/|#) #region\n([\s\S]*?)^(?:\/\/|#) #endregion$/m.exec(source) ?? [];
  return region ?? source;
}

/** Replaces what stands between `<!-- KIND: NAME -->` and `<!-- /KIND -->`. */
async function replaceParts(
  document: string,
  kind: string,
  make: (name: string, old: string, document: string) => string | Promise<string>,
): Promise<string> {
  const part = new RegExp(`(<!-- ${kind}(?:: (\\S+))? -->\\n)([\\s\\S]*?)(<!-- /${kind} -->)`, 'g');
  let fresh = '';
  let end = 0;
  for (const match of document.matchAll(part)) {
    const [whole, begin, name = '', old, close] = match;
    fresh += `${document.slice(end, match.index)}${begin}${await make(name, old!, document)}${close}`;
    end = match.index + whole.length;
  }
  return fresh + document.slice(end);
}

async function transcriptOf(old: string, world: World): Promise<string> {
  let transcript = '';
  for (const [line, args] of old.matchAll(/^\$ mqtt311 (.*)$/gm))
    transcript += `${line}\n${await world.answerTo(args!.split(' '))}`;
  return transcript;
}

/** A link for every `[MQTT-…]` of the text: to the line that throws it, or else to what is said about it. */
function linksOf(path: string, document: string): string {
  const prose = document.replace(/```[\s\S]*?```|<!-- clauses -->[\s\S]*<!-- \/clauses -->/g, '');
  const clauses = [...prose.matchAll(/\[(MQTT-[\d.]+-\d+)\](?![([])/g)].map(([, clause]) => clause!);
  const lines = [...new Set(clauses)].sort().map((clause) => `[${clause}]: ${targetOf(clause, path)}`);
  return `\n${lines.join('\n')}\n`;
}

function targetOf(clause: string, from: string): string {
  const to = (path: string) => pathFrom(from, path);
  const [place]: readonly Place[] = thrown.get(clause) ?? [];
  if (place !== undefined) return `${to(place.path)}#L${place.line}`;
  if (!numbered.some(({ id }) => id === clause)) throw new Error(`${from} names ${clause}, which does not exist`);
  return `${to('docs/conformance.md')}#${anchorOf(clause)}`;
}

/** The fenced blocks of a document: where their line is, what they are, and in which generated part. */
export function fencesOf(document: string): { language: string; text: string; part: string | undefined }[] {
  const fences =
    /(?:<!-- (example|output|trace|transcript|diagram)(?:: \S+)? -->\n(?:\[`examples.*\n)?)?```(\w*)\n([\s\S]*?)^```$/gm;
  return [...document.matchAll(fences)].map(([, part, language, text]) => ({ language: language!, text: text!, part }));
}

/** Relative links of a document, as paths from the root with their fragments. */
export function linksIn(path: string, document: string): { file: string; fragment: string | undefined }[] {
  const prose = document.replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
  const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  const defined = [...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target]) => target!);
  return [...inline, ...defined]
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file, fragment] = target.split('#');
      return { file: file === '' ? path : relative(root, resolve(root, dirname(path), file!)), fragment };
    });
}

/** What a fragment of a link to this document may be, as forges make them of headings. */
export function fragmentsOf(document: string): Set<string> {
  const headings = [...document.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...document.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
}
