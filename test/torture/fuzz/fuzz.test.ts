import { beforeAll, describe, expect, it, vi } from 'vitest';
import { bytes } from '../../support/hex.ts';
import { complaint } from './case.ts';
import { cases, corpus, fuzz } from './fuzz.ts';
import { caseOf, dataOf, fuzz as fuzzData } from './target.ts';

vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  Error.stackTraceLimit = 0; // half of the cases end in an error
  return () => {
    Error.stackTraceLimit = 10;
  };
});

describe('the fuzzer', () => {
  it('finds nothing in 20,000 cases', () => expect(fuzz(20_000, 311)).toBeUndefined());

  it('makes the same cases of the same seed', () => {
    const first = cases(7);
    const second = cases(7);
    for (let i = 0; i < 100; i++) expect(first.next()).toStrictEqual(second.next());
  });

  it('finds a planted fault and makes it small', () => {
    const planted = fuzz(20_000, 1, ({ source, cuts }) =>
      source.includes(0x2b) && source.includes(0x80) && cuts.length > 0 ? 'planted' : undefined,
    );
    expect(planted).toMatchObject({ complaint: 'planted' });
    expect(planted!.minimal).toMatch(/^(2b 80|80 2b) cut at \d+$/);
  });

  it('has no complaint about the empty stream', () =>
    expect(complaint({ source: new Uint8Array(0), cuts: [0, 0] })).toBeUndefined());
});

describe('the target of the guided fuzzer', () => {
  it('makes a case of any bytes, and of those of a case the same case', () => {
    for (const source of corpus) {
      const subject = { source, cuts: [1, source.length >> 1] };
      expect(caseOf(dataOf(subject))).toStrictEqual(subject);
    }
    expect(caseOf(Buffer.from([]))).toStrictEqual({ source: new Uint8Array(0), cuts: [] });
    expect(caseOf(bytes('82 01'))).toStrictEqual({ source: new Uint8Array(0), cuts: [1] });
    expect(caseOf(bytes('80 c0 09'))).toStrictEqual({ source: bytes('c0 00'), cuts: [] });
  });

  it('has no complaint about the corpus', () => {
    for (const source of corpus) fuzzData(dataOf({ source, cuts: [1] }));
  });
});
