// What the guided fuzzer calls, again and again, with bytes that it thinks will lead it on.
import { concat } from '../../support/hex.ts';
import { type Case, finding, reframe } from './case.ts';

const REFRAME = 0b1000_0000; // the Remaining Length is to cover what there is
const CUTS = 0b0000_0111;

/** `flags and number of cuts`, one byte; `size of a chunk`, one byte for each cut; the stream. */
export function caseOf(data: Uint8Array): Case {
  const head = data[0] ?? 0;
  const start = 1 + (head & CUTS);
  const source = new Uint8Array(data.subarray(start)); // a Buffer's slice would be no copy
  return { source: head & REFRAME ? reframe(source) : source, cuts: [...data.subarray(1, start)] };
}

/** The data of which `caseOf` makes this case. */
export function dataOf({ source, cuts }: Case): Uint8Array {
  return concat(Uint8Array.of(cuts.length, ...cuts), source);
}

export function fuzz(data: Uint8Array): void {
  const found = finding(caseOf(data));
  if (found !== undefined) throw new Error(`${found.complaint}\nminimal: ${found.minimal}`);
}
