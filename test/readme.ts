import { readFileSync } from 'node:fs';
import { FLOORS } from './floors.ts';

const lineCount = (file: string) => readFileSync(`src/${file}`, 'utf8').split('\n').length - 1;

function floorsTable(): string {
  const rows = FLOORS.map(({ files, says }) => {
    const links = files.map((file) => `[${file}](src/${file})`).join(' ');
    return `| ${links} | ${says} | ${files.map(lineCount).reduce((sum, lines) => sum + lines)} |`;
  });
  const total = FLOORS.flatMap(({ files }) => files.map(lineCount)).reduce((sum, lines) => sum + lines);
  return ['| file | says | lines |', '| --- | --- | ---: |', ...rows, `| | all | ${total} |`].join('\n');
}

/** The README with its generated parts made anew. */
export function freshReadme(): string {
  const readme = readFileSync('README.md', 'utf8');
  return readme.replace(/(<!-- floors[^>]*-->\n)[\s\S]*?(<!-- \/floors -->)/, (_, start, end) => {
    return `${start}${floorsTable()}\n${end}`;
  });
}
