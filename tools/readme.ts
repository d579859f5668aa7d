import { readdirSync, readFileSync } from 'node:fs';
import { RESULTS, type Record as RuntimesRecord, resultsTable } from '../test/runtimes/table.ts';
import { FOLDERS } from './folders.ts';
import { peersTable, sizeTable } from './sizes.ts';

const lineCount = (path: string) => readFileSync(path, 'utf8').split('\n').length - 1;

/** Lines of the TypeScript in a folder of src. */
function linesIn(folder: string): number {
  return readdirSync(`src/${folder}`, { recursive: folder !== '', encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .reduce((sum, name) => sum + lineCount(`src/${folder}/${name}`), 0);
}

function foldersTable(): string {
  const rows = FOLDERS.map(({ name, says }) => `| [src/${name}](src/${name}) | ${says} | ${linesIn(name)} |`);
  return ['| folder | says | lines |', '| --- | --- | ---: |', ...rows].join('\n');
}

function runtimesTable(): string {
  const { date, results }: RuntimesRecord = JSON.parse(readFileSync(RESULTS, 'utf8'));
  return `${resultsTable(results)}\n\nRun on ${date}, on Linux x64.`;
}

/** The README with fresh generated parts. */
export async function freshReadme(): Promise<string> {
  const parts = {
    folders: foldersTable(),
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
