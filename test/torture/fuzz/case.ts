// A case, what everyone's opinion about it has to be, and the smallest case near it.
import { isDeepStrictEqual } from 'node:util';
import {
  Decoder,
  encode,
  encodedLength,
  type Packet,
  PacketTooLargeError,
  ProtocolError,
} from '../../../src/codec/codec.ts';
import { concat, hex } from '../../support/hex.ts';
import { INCOMPLETE, judge, REFUSED } from '../../support/naive-decoder.ts';
import { isForServersAlone } from '../../support/packets.ts';

export interface Case {
  readonly source: Uint8Array;
  /** Sizes of its chunks; what is left over comes in one piece. */
  readonly cuts: readonly number[];
}

/** Lets the Remaining Length cover what there is, so that more than the length is tested. */
export function reframe(source: Uint8Array): Uint8Array {
  if (source.length < 2 || source.length > 129) return source;
  return Uint8Array.of(source[0]!, source.length - 2, ...source.subarray(2));
}

/** So few that some SUBACKs have more. */
const MOST_RETURN_CODES = 3;

interface Outcome {
  readonly packets: readonly Packet[];
  readonly refusal: string | undefined;
  readonly refused: Packet | undefined;
  readonly waiting: number;
}

function outcome(chunks: Iterable<Uint8Array>): Outcome {
  const decoder = new Decoder({ maxPacketSize: 0x10_0000, maxReturnCodes: MOST_RETURN_CODES });
  const packets: Packet[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) packets.push(packet);
    }
  } catch (error) {
    const { refused } = decoder;
    if (error instanceof ProtocolError) return { packets, refusal: error.clause, refused, waiting: 0 };
    if (error instanceof PacketTooLargeError)
      return { packets, refusal: `${error.packetSize} bytes`, refused, waiting: 0 };
    throw error;
  }
  return { packets, refusal: undefined, refused: decoder.refused, waiting: decoder.bufferedBytes };
}

/** What a packet may not be sent for, or undefined. */
function clauseOf(packet: Packet): string | undefined {
  try {
    encode(packet);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.clause;
    throw error;
  }
}

function cut({ source, cuts }: Case): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let position = 0;
  for (const size of cuts) {
    chunks.push(source.slice(position, position + size));
    position += size;
  }
  return [...chunks, source.slice(position)];
}

/** Our mistake with this case, or undefined. */
export function complaint(subject: Case): string | undefined {
  try {
    return complaintAbout(subject);
  } catch (error) {
    return `threw ${error}`;
  }
}

function complaintAbout(subject: Case): string | undefined {
  const { source } = subject;
  const whole = outcome([source]);
  if (!isDeepStrictEqual(outcome(cut(subject)), whole)) return 'another outcome when cut';

  let position = 0;
  for (const packet of whole.packets) {
    const judgement = judge([...source.subarray(position)], MOST_RETURN_CODES);
    if (typeof judgement === 'string') return `the naive decoder says ${judgement}, we decode`;
    if (!isDeepStrictEqual(judgement.packet, packet)) return 'the naive decoder sees other fields';
    const original = source.subarray(position, position + judgement.size);
    if (isForServersAlone(packet)) {
      position += judgement.size;
      continue;
    }
    const again = encode(packet);
    if (again.length !== encodedLength(packet)) return 'another length than announced';
    // shorter only where the Remaining Length was padded
    if (again.length === original.length && Buffer.compare(again, original) !== 0) return 'other bytes when encoded';
    if (again.length > original.length) return 'longer when encoded';
    position += judgement.size;
  }
  const rest = judge([...source.subarray(position)], MOST_RETURN_CODES);
  if (whole.refusal === undefined && rest !== INCOMPLETE) return 'we wait, the naive decoder does not';
  const { refused, refusal } = whole;
  if (refused !== undefined && refusal !== '§2.2.3' && !isForServersAlone(refused) && clauseOf(refused) !== refusal)
    return 'what was refused may be sent';
  if (refusal?.endsWith('bytes')) return undefined; // our own limit
  if (refusal !== undefined && rest !== REFUSED) return 'we refuse, the naive decoder does not';
  if (refusal === undefined && whole.waiting !== source.length - position) return 'bytes were lost';
  return undefined;
}

type Complain = (subject: Case) => string | undefined;

/** The smallest case near `subject` about which there still is a complaint. */
function shrink(subject: Case, complain: Complain): Case {
  const { source, cuts } = subject;
  const smaller: Case[] = [
    ...cuts.map((_, i) => ({ source, cuts: cuts.toSpliced(i, 1) })),
    ...Array.from(source, (_, i) => ({ source: concat(source.subarray(0, i), source.subarray(i + 1)), cuts })),
    ...Array.from(source, (byte, i) => ({ source: byte === 0 ? source : source.with(i, 0), cuts })),
  ];
  const next = smaller.find((candidate) => candidate.source !== source && complain(candidate) !== undefined);
  const fewerCuts = smaller.find((candidate) => candidate.cuts !== cuts && complain(candidate) !== undefined);
  const found = fewerCuts ?? next;
  return found === undefined ? subject : shrink(found, complain);
}

export interface Finding {
  readonly complaint: string;
  readonly minimal: string;
}

/** What is wrong with `subject`, shown by the smallest case near it. */
export function finding(subject: Case, complain: Complain = complaint): Finding | undefined {
  if (complain(subject) === undefined) return undefined;
  const smallest = shrink(subject, complain);
  return {
    complaint: complain(smallest)!,
    minimal: `${hex(smallest.source)} cut at ${smallest.cuts.join(', ') || 'nothing'}`,
  };
}
