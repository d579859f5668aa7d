// Small inputs, judged by two decoders: those that teach something. Every single one: test/all/exhaustive.test.ts.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { bytes } from '../support/hex.ts';
import { REFUSED } from '../support/naive-decoder.ts';
import { vectors } from '../support/packets.ts';
import { agree, frame, legalFirstBytes } from '../support/second-decoder.ts';

vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  Error.stackTraceLimit = 0; // a million errors with stacks take a minute
  return () => {
    Error.stackTraceLimit = 10;
  };
});

const BYTES = 256;
const EDGES = [0, 1, 2, 3, 4, 5, 6, 0x23, 0x2b, 0x2f, 0x61, 0x7f, 0x80, 0x81, 0xff];
const bodyOf = (hex: string) => [...bytes(hex)].slice(2);

describe('two decoders agree', () => {
  it('on every first byte: 23 are legal', () => {
    for (let byte = 0; byte < BYTES; byte++) agree([byte]);
    expect(legalFirstBytes).toHaveLength(23);
  });

  it('on every string of 2 bytes', () => {
    for (let first = 0; first < BYTES; first++) for (let second = 0; second < BYTES; second++) agree([first, second]);
  });

  it('on every string of 3 bytes whose first is legal and whose last is at an edge', () => {
    for (const first of legalFirstBytes)
      for (let second = 0; second < BYTES; second++) for (const third of EDGES) agree([first, second, third]);
  });

  it('on every packet with a body of 1 byte, or of 2 when the last is at an edge', () => {
    for (let first = 0; first < BYTES; first++) {
      agree(frame(first, []));
      for (let second = 0; second < BYTES; second++) agree(frame(first, [second]));
    }
    for (const first of legalFirstBytes)
      for (let second = 0; second < BYTES; second++) for (const third of EDGES) agree(frame(first, [second, third]));
  });

  it('on every packet of our table with any one byte changed to any other', () => {
    for (const { hex } of vectors) {
      const source = [...bytes(hex)];
      for (let where = 0; where < source.length; where++)
        for (let byte = 0; byte < BYTES; byte++) agree(source.with(where, byte));
    }
  });

  it('on every packet of our table cut short, its length corrected', () => {
    let refused = 0;
    for (const { hex } of vectors) {
      const [first] = bytes(hex);
      const body = bodyOf(hex);
      for (let size = 0; size < body.length; size++)
        if (agree(frame(first!, body.slice(0, size))) === REFUSED) refused++;
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('on every packet of our table with one byte put in or left out anywhere, its length corrected', () => {
    for (const { hex } of vectors) {
      const [first] = bytes(hex);
      const body = bodyOf(hex);
      for (let where = 0; where <= body.length; where++) {
        agree(frame(first!, body.toSpliced(where, 1)));
        for (let byte = 0; byte < BYTES; byte++) agree(frame(first!, body.toSpliced(where, 0, byte)));
      }
    }
  });
});
