import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { PacketType } from '../src/codec/codec.ts';
import { CODEC, FAST, FOLDERS } from '../tools/folders.ts';
import { FILES as files, folderOf, foldersUsedBy, importsOf, neighboursOf } from '../tools/imports.ts';

/** What is imported from elsewhere than src. */
function foreignTo(some: readonly string[]): string[] {
  return some.flatMap((file) =>
    importsOf(file)
      .filter((name) => !/^[.#]/.test(name))
      .map((name) => `${file}: ${name}`),
  );
}

/** The functions of a file that have a body, with their lines from the first to the last, both included. */
function functionsOf(file: string): { name: string; lines: number }[] {
  const source = ts.createSourceFile(file, readFileSync(join('src', file), 'utf8'), ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const found: { name: string; lines: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const lines = lineOf(node.getEnd()) - lineOf(node.getStart()) + 1;
      found.push({ name: `${file}:${lineOf(node.getStart()) + 1} ${node.name?.getText() ?? ''}`, lines });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The regular expressions of a file. */
function expressionsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join('src', file), 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('the architecture', () => {
  it('names every folder of src', () => {
    expect(FOLDERS.map(({ name }) => name).sort()).toEqual([...new Set(files.map(folderOf))].sort());
  });

  it.each(FOLDERS)('lets "$name" import only from itself and from the folders it names', ({ name, imports }) => {
    expect(foldersUsedBy(name).filter((folder) => !imports.includes(folder))).toEqual([]);
  });

  it('lets no two folders import from each other, not even by way of others', () => {
    FOLDERS.forEach(({ imports }, i) => {
      const before = FOLDERS.slice(0, i).map(({ name }) => name);
      expect(imports.filter((name) => !before.includes(name))).toEqual([]);
    });
  });

  it('lists every file of the codec in the order of reading', () => {
    const codec = files.filter((file) => folderOf(file) === 'codec').map((file) => file.slice('codec/'.length));
    expect([...CODEC, ...FAST].sort()).toEqual(codec.sort());
  });

  it.each(CODEC)('lets codec/%s import only from files that are read before it', (file) => {
    const before = CODEC.slice(0, CODEC.indexOf(file)).map((name) => `codec/${name}`);
    expect(neighboursOf(`codec/${file}`).filter((name) => !before.includes(name))).toEqual([]);
  });

  it('lets no file but those of codec/fast import from there', () => {
    const users = files.filter((file) => neighboursOf(file).some((name) => name.startsWith('codec/fast/')));
    expect(users.filter((file) => !file.startsWith('codec/fast/'))).toEqual([]);
  });

  it('names one package, isomorphic-ws, in index.node.ts alone, and no built-in of Node anywhere', () => {
    expect(foreignTo(files.filter((file) => !file.startsWith('cli/')))).toEqual(['index.node.ts: isomorphic-ws']);
  });

  it('lets the command line use built-ins of Node, and its gate the packages for WebSocket and certificates', () => {
    const packages = (names: readonly string[]) => names.filter((name) => !/: node:/.test(name));
    const isGate = (file: string) => file.startsWith('cli/gate/');
    const cli = files.filter((file) => file.startsWith('cli/'));
    expect(packages(foreignTo(cli.filter((file) => !isGate(file))))).toEqual([]);
    const used = packages(foreignTo(cli.filter(isGate))).map((name) => name.split(': ')[1]);
    expect([...new Set(used)].sort()).toEqual(['selfsigned', 'ws']);
  });

  it('uses no regular expression that an engine of ES5 may not know', () => {
    const expressions = files.filter((file) => !/^(cli|explain|codec\/fast)\//.test(file)).flatMap(expressionsOf);
    expect(expressions.length).toBeGreaterThan(10); // it finds them
    const isNew = (text: string) => /\[\^?\]|\(\?<|\\p\{/.test(text) || !/\/[gim]*$/.test(text);
    expect(expressions.filter(isNew)).toEqual([]);
  });

  it.each(files.filter((file) => /^codec\/packets\/(?!packet|index)/.test(file)))(
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

  it('keeps every function within 60 lines', () => {
    const functions = files.flatMap(functionsOf);
    expect(functions.filter(({ lines }) => lines > 60)).toEqual([]);
    expect(functions.length).toBeGreaterThan(files.length); // it finds them
  });

  it('keeps every file within 300 lines', () => {
    const lines = (file: string) => readFileSync(join('src', file), 'utf8').trimEnd().split('\n').length;
    expect(files.map((file) => ({ file, lines: lines(file) })).filter((each) => each.lines > 300)).toEqual([]);
  });

  it('keeps every page of a packet under 150 lines', () => {
    const long = files
      .filter((file) => file.startsWith('codec/packets/'))
      .filter((file) => readFileSync(join('src', file), 'utf8').split('\n').length > 150);
    expect(long).toEqual([]);
  });
});
