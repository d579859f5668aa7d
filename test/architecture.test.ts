import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLOORS } from './floors.ts';

const files = FLOORS.flatMap((floor) => floor.files);
/** Within a floor, a file may import from those listed before it: the order of the table is the order of reading. */
const heightOf = (file: string) => files.indexOf(file);

const onDisk = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

function importsOf(file: string): string[] {
  const source = readFileSync(join('src', file), 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
}

describe('the architecture', () => {
  it('has a floor for every file, and a file for every place on a floor', () => {
    expect([...files].sort()).toEqual(onDisk.map(normalize).sort());
  });

  it.each(files)('lets %s import only from below', (file) => {
    const above = importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(file), name)))
      .filter((name) => !(heightOf(name) >= 0 && heightOf(name) < heightOf(file)));
    expect(above).toEqual([]);
  });

  it('names one package, isomorphic-ws, in index.node.ts alone, and no built-in of Node anywhere', () => {
    const foreign = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => !name.startsWith('.'))
        .map((name) => `${file}: ${name}`),
    );
    expect(foreign).toEqual(['index.node.ts: isomorphic-ws']);
  });

  it('keeps every page of a packet under 150 lines', () => {
    const long = files
      .filter((file) => file.startsWith('packets/'))
      .filter((file) => readFileSync(join('src', file), 'utf8').split('\n').length > 150);
    expect(long).toEqual([]);
  });
});
