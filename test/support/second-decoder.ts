import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { Decoder, type Packet, ProtocolError } from '../../src/codec/codec.ts';
import { hex } from './hex.ts';
import { INCOMPLETE, type Judgement, judge, REFUSED } from './naive-decoder.ts';

/** What our decoder says about the same bytes. */
function verdict(source: Uint8Array): Judgement {
  const decoder = new Decoder();
  decoder.push(source);
  let packet: Packet | undefined;
  try {
    packet = decoder.read();
  } catch (error) {
    if (error instanceof ProtocolError) return REFUSED;
    throw error;
  }
  if (packet === undefined) return INCOMPLETE;
  return { packet: packet as never, size: source.length - decoder.bufferedBytes };
}

/** Both decoders say the same about `list`; returns what they say. */
export function agree(list: readonly number[]): Judgement {
  const source = Uint8Array.from(list);
  const ours = verdict(source);
  const naive = judge(list);
  if (ours === naive || isDeepStrictEqual(ours, naive)) return ours;
  return expect.fail(`${hex(source)}: we say ${JSON.stringify(ours)}, the naive decoder ${JSON.stringify(naive)}`);
}

/** The bytes of a packet with `body` as it stands behind a Remaining Length that fits. */
export function frame(firstByte: number, body: readonly number[]): number[] {
  if (body.length > 127) throw new Error('not made for two length bytes');
  return [firstByte, body.length, ...body];
}

/** First bytes behind which more may follow. */
export const legalFirstBytes = Array.from({ length: 256 }, (_, byte) => byte).filter(
  (byte) => judge([byte]) === INCOMPLETE,
);
