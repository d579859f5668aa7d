import { readFileSync } from 'node:fs';
import { FLOORS } from './floors.ts';
import { RESULTS, type Record as RuntimesRecord, resultsTable } from './runtimes/table.ts';
import { peersTable, sizeTable } from './sizes.ts';

const lineCount = (file: string) => readFileSync(`src/${file}`, 'utf8').split('\n').length - 1;
const linesOf = (files: readonly string[]) => files.map(lineCount).reduce((sum, lines) => sum + lines);

function floorsTable(): string {
  const row = ({ files, says }: (typeof FLOORS)[number]) => {
    const links = files.map((file) => `[${file}](src/${file})`).join(' ');
    return `| ${links} | ${says} | ${linesOf(files)} |`;
  };
  const isLibrary = ({ files }: (typeof FLOORS)[number]) => !files[0]!.startsWith('cli/');
  const library = FLOORS.filter(isLibrary);
  return [
    '| file | says | lines |',
    '| --- | --- | ---: |',
    ...library.map(row),
    `| | the library | ${linesOf(library.flatMap(({ files }) => files))} |`,
    ...FLOORS.filter((floor) => !isLibrary(floor)).map(row),
  ].join('\n');
}

function runtimesTable(): string {
  const { date, results }: RuntimesRecord = JSON.parse(readFileSync(RESULTS, 'utf8'));
  return `${resultsTable(results)}\n\nRun on ${date}, on Linux x64.`;
}

/** The README with its generated parts made anew. */
export async function freshReadme(): Promise<string> {
  const parts = {
    floors: floorsTable(),
    sizes: await sizeTable(),
    peers: await peersTable(),
    runtimes: runtimesTable(),
  };
  return Object.entries(parts).reduce(
    (readme, [name, part]) =>
      readme.replace(
        new RegExp(`(<!-- ${name}[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`),
        (_, start, end) => `${start}${part}\n${end}`,
      ),
    readFileSync('README.md', 'utf8'),
  );
}
