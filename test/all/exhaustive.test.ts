// Every small input, judged by two decoders.
import { beforeAll, describe, it } from 'vitest';
import { agree, frame, legalFirstBytes } from '../support/second-decoder.ts';

beforeAll(() => {
  Error.stackTraceLimit = 0; // twenty million errors with stacks take minutes
  return () => {
    Error.stackTraceLimit = 10;
  };
});

const BYTES = 256;
const timeout = 600_000;

describe('two decoders agree', () => {
  it('on every string of 1, 2 and 3 bytes', { timeout }, () => {
    for (let first = 0; first < BYTES; first++) {
      agree([first]);
      for (let second = 0; second < BYTES; second++) {
        agree([first, second]);
        for (let third = 0; third < BYTES; third++) agree([first, second, third]);
      }
    }
  });

  it('on every first byte with every body of up to 2 bytes', { timeout }, () => {
    for (let first = 0; first < BYTES; first++) {
      agree(frame(first, []));
      for (let second = 0; second < BYTES; second++) {
        agree(frame(first, [second]));
        if (!legalFirstBytes.includes(first)) continue; // refused for its first byte, whatever follows
        for (let third = 0; third < BYTES; third++) agree(frame(first, [second, third]));
      }
    }
  });

  it('on every body of up to 5 bytes made of the bytes at which something turns', { timeout }, () => {
    const edges = [0x00, 0x01, 0x02, 0x03, 0x23, 0x2b, 0x2f, 0x61, 0x80, 0xc2];
    for (const first of legalFirstBytes) {
      const extend = (body: readonly number[]) => {
        agree(frame(first, body));
        if (body.length < 5) for (const byte of edges) extend([...body, byte]);
      };
      extend([]);
    }
  });
});
