// Which file of src imports which.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));

/** The files of src, as paths below it. */
export const FILES: readonly string[] = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

/** '' is src itself. */
export const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');

export function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/(?:from\s|import\s*\(?)\s*'([^']+)'/g)].map((match) => match[1]!);
}

/** The files of src that a file imports. */
export function neighboursOf(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.') || name === '#text')
    .map((name) => (name === '#text' ? 'codec/text.ts' : normalize(join(dirname(file), name))));
}

/** The other folders from which the files of a folder import. */
export function foldersUsedBy(folder: string): string[] {
  const used = FILES.filter((file) => folderOf(file) === folder)
    .flatMap(neighboursOf)
    .map(folderOf);
  return [...new Set(used)].filter((other) => other !== folder).sort();
}
