import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PacketType } from '../src/codec.ts';
import { FLOORS } from './floors.ts';

const files = FLOORS.flatMap((floor) => floor.files);
/** Within a floor, a file may import from those listed before it: the order of the table is the order of reading. */
const heightOf = (file: string) => files.indexOf(file);

const onDisk = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

function importsOf(file: string): string[] {
  const source = readFileSync(join('src', file), 'utf8');
  return [...source.matchAll(/(?:from\s|import\s*\(?)\s*'([^']+)'/g)].map((match) => match[1]!);
}

/** What is imported from elsewhere than src. */
function foreignTo(some: readonly string[]): string[] {
  return some.flatMap((file) =>
    importsOf(file)
      .filter((name) => !name.startsWith('.'))
      .map((name) => `${file}: ${name}`),
  );
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
    expect(foreignTo(files.filter((file) => !file.startsWith('cli/')))).toEqual(['index.node.ts: isomorphic-ws']);
  });

  it('lets the command line use built-ins of Node, and its gate the packages of a broker', () => {
    const packages = (names: readonly string[]) => names.filter((name) => !/: node:/.test(name));
    const isGate = (file: string) => file.startsWith('cli/gate/');
    const cli = files.filter((file) => file.startsWith('cli/'));
    expect(packages(foreignTo(cli.filter((file) => !isGate(file))))).toEqual([]);
    const used = packages(foreignTo(cli.filter(isGate))).map((name) => name.split(': ')[1]);
    expect([...new Set(used)].sort()).toEqual(['aedes', 'mqtt-packet', 'selfsigned', 'ws']);
  });

  it.each(files.filter((file) => /^packets\/(?!packet|index)/.test(file)))(
    'opens %s with its section of the standard and its byte layout',
    (file) => {
      const [, header] = /^\/\*\n([\s\S]*?)\*\//.exec(readFileSync(join('src', file), 'utf8')) ?? [];
      expect(header).toMatch(/^ \* 3\.\d+ [A-Z]+/);
      for (const [, section, name] of header!.matchAll(/3\.(\d+) ([A-Z]+)/g))
        expect(PacketType[name as keyof typeof PacketType]).toBe(Number(section)); // chapter 3 counts as Table 2.1 does
      const [, ...bits] = /^ \* byte 1 +(?:type|(\d) +(\d) +(\d) +(\d)) .*type (\d+)/m.exec(header!)!;
      const [type, ...high] = [bits.pop(), ...bits];
      if (high[0] !== undefined) expect(Number.parseInt(high.join(''), 2)).toBe(Number(type));
      expect(header).toMatch(/^ \* byte 2 .*Remaining Length/m);
    },
  );

  it('keeps every page of a packet under 150 lines', () => {
    const long = files
      .filter((file) => file.startsWith('packets/'))
      .filter((file) => readFileSync(join('src', file), 'utf8').split('\n').length > 150);
    expect(long).toEqual([]);
  });
});
