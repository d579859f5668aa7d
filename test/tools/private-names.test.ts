import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';
import { privateNames } from '../../tools/private-names.mjs';

function namesIn(source: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt311-private-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'source.ts'), source);
  return privateNames(ts.createProgram([join(folder, 'source.ts')], { noLib: true, types: [] }));
}

it('finds private fields, methods and accessors, however they are used inside of their classes', () => {
  const source = `
    class A {
      private field = 1;
      private static shared = 2;
      public open = 3;
      protected half = 4;
      private get half2() { return this.field + A.shared; }
      private method(other: A) { return other.field++ + this.half2; }
    }`;
  expect(namesIn(source)).toEqual(['field', 'half2', 'method', 'shared']);
});

it.each([
  ['another class has it as a public member', 'class B { name = 1 }'],
  ['a type has it', 'interface B { name: number }'],
  ['an object has it', 'export const b = { name: 1 };'],
  ['a variable of its name becomes a property', 'const name = 1; export const b = { name };'],
  ['it is taken out of an object', 'declare const b: any; export const { name } = b;'],
  ['something of unknown type is asked for it', 'declare const b: any; b.name;'],
  ['a string may name it', "export const b = 'name';"],
])('leaves a private name as it is when %s', (_, more) => {
  expect(namesIn(`class A { private name = 1; private other = 2 } ${more}`)).toEqual(['other']);
});

it('takes a private name that is the name of a variable, too', () => {
  expect(namesIn('class A { private name = 1 } export const name = (name: number) => name;')).toEqual(['name']);
});
