import { expect } from 'vitest';
import {
  type Clause,
  Decoder,
  decode,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  ProtocolError,
} from '../../src/codec/codec.ts';
import { bytes, pieces } from './hex.ts';

/** The ProtocolError that `act` throws; anything else fails the test. */
export function errorOf(act: () => unknown): ProtocolError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return error as ProtocolError;
  }
  return expect.fail('nothing was thrown');
}

/** All packets of a stream that arrives as `chunks`. */
export function decodeAll(chunks: Iterable<Uint8Array>, decoder = new Decoder()): Packet[] {
  const packets: Packet[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) packets.push(packet);
  }
  return packets;
}

/** The bytes are refused with `clause`: whole, in a stream, and byte by byte, and the decoder stays refused. */
export function refuses(text: string, clause: Clause): void {
  const source = bytes(text);
  expect(errorOf(() => decode(source)).clause).toBe(clause);
  for (const size of [source.length, 1]) {
    const decoder = new Decoder();
    const error = errorOf(() => decodeAll(pieces(source, size), decoder));
    expect(error.clause).toBe(clause);
    decoder.push(bytes('c0 00'));
    expect(errorOf(() => decoder.read())).toBe(error);
  }
}

const untouched = new Uint8Array(100_000).fill(0xaa);

/** The packet may not be sent: refused with `clause` however it is encoded, and nothing is written. */
export function refusesToEncode(packet: Packet, clause: Clause): void {
  const target = untouched.slice();
  expect(errorOf(() => encode(packet)).clause).toBe(clause);
  expect(errorOf(() => encodedLength(packet)).clause).toBe(clause);
  expect(errorOf(() => encodeInto(packet, target)).clause).toBe(clause);
  expect(Buffer.compare(target, untouched)).toBe(0);
}
