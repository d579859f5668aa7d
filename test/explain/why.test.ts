import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/explain.ts';
import { whyOf } from '../../src/explain/why.ts';
import { bytes } from '../support/hex.ts';
import { cases, corpus } from '../torture/fuzz/fuzz.ts';

/** The names in the calls that make entries. */
function namesInSource(): string[] {
  const source = ['explain', 'annotator'].map((name) => readFileSync(`src/explain/${name}.ts`, 'utf8')).join('\n');
  const names = [...source.matchAll(/'([^'§]+)',\s*(?:'§|section\b)/g)].map(([, name]) => name!);
  const withLength = [...source.matchAll(/\.(?:string|binary)\('([^']+)'/g)].map(([, name]) => `${name} length`);
  return [...names, ...withLength];
}

describe('the reason for a field', () => {
  it.each([...new Set(namesInSource())])('is there for %s', (name) => {
    expect(whyOf(name)).toMatch(/^[A-Z].{60,}\.$/);
  });

  it('is there for every field of all vectors and of a thousand mutated packets', () => {
    const mutated = cases(311);
    const sources = [...corpus, ...Array.from({ length: 1_000 }, () => mutated.next().value.source), bytes('c0 01 00')];
    const names = new Set(sources.flatMap((source) => explain(source).map(({ field }) => field)));
    expect([...names].filter((name) => whyOf(name) === undefined)).toEqual([]);
    expect([...names].filter((name) => !namesInSource().includes(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(25);
  });

  it('is there for no other name', () => expect(whyOf('Topic Alias')).toBeUndefined());

  it('is not in the bundle of mqtt311/explain', () => {
    for (const name of ['explain', 'annotator', 'verdict', 'visible'])
      expect(readFileSync(`src/explain/${name}.ts`, 'utf8')).not.toMatch(/from '\.\/(?:why|name|kind|packets|pasted)/);
  });
});
