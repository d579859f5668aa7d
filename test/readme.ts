import { readFileSync } from 'node:fs';
import { FLOORS } from './floors.ts';

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

/** The README with its generated parts made anew. */
export function freshReadme(): string {
  const readme = readFileSync('README.md', 'utf8');
  return readme.replace(/(<!-- floors[^>]*-->\n)[\s\S]*?(<!-- \/floors -->)/, (_, start, end) => {
    return `${start}${floorsTable()}\n${end}`;
  });
}
