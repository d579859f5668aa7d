// Many packets. Each is explained when it is shown, and only the one that changed is explained again.

import { Decoder } from '../codec/codec.ts';
import type { ProtocolError } from '../codec/error.ts';
import { type Annotation, explain } from './explain.ts';
import { verdictOf } from './verdict.ts';

/** A packet among others. A broken one reaches to the end of the bytes, since the next one cannot be found. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly error: ProtocolError | undefined;
  /** Where a capture has it from; undefined: the parts are one stream of bytes. */
  readonly origin: Origin | undefined;
}

export interface Origin {
  /** From the client's point of view. */
  readonly direction: 'sent' | 'received';
  /** Counted from 1. */
  readonly connection: number;
}

/** Bytes as packets in a row, from `start` on. */
export function partsOf(bytes: Uint8Array, start = 0, origin?: Origin): Part[] {
  const decoder = new Decoder();
  decoder.push(bytes.subarray(start));
  const parts: Part[] = [];
  for (let at = start; at < bytes.length; ) {
    const error = verdictOf(decoder);
    const end = error === undefined ? bytes.length - decoder.bufferedBytes : bytes.length;
    parts.push({ start: at, end, error, origin });
    at = end;
  }
  return parts;
}

export class Packets {
  readonly bytes: Uint8Array;
  readonly parts: readonly Part[];
  private readonly explainBytes: (bytes: Uint8Array) => Annotation[];
  private readonly explained: WeakMap<Part, Annotation[]>;
  private whole: Packets | undefined; // as it was before it broke: behind the break it still holds

  constructor(
    bytes: Uint8Array,
    parts: readonly Part[] = partsOf(bytes),
    explainBytes: (bytes: Uint8Array) => Annotation[] = explain,
    explained: WeakMap<Part, Annotation[]> = new WeakMap(),
  ) {
    this.bytes = bytes;
    this.parts = parts;
    this.explainBytes = explainBytes;
    this.explained = explained;
  }

  /** The first part that breaks. */
  get broken(): number | undefined {
    const index = this.parts.findIndex(({ error }) => error !== undefined);
    return index === -1 ? undefined : index;
  }

  /** Whether a capture has more than one connection. */
  get hasConnections(): boolean {
    const last = this.parts[this.parts.length - 1];
    return last?.origin !== undefined && this.parts.some(({ origin }) => origin!.connection > 1);
  }

  /** The fields of a packet. Offsets are those of `bytes`. */
  explain(part: Part): Annotation[] {
    const { start: base } = part;
    return this.fieldsOf(part).map((each) => ({ ...each, start: base + each.start, end: base + each.end }));
  }

  /** The same with offsets within the packet. */
  fieldsOf(part: Part): readonly Annotation[] {
    let annotations = this.explained.get(part);
    if (annotations === undefined) {
      annotations = this.explainBytes(this.bytes.subarray(part.start, part.end));
      this.explained.set(part, annotations);
    }
    return annotations;
  }

  /** The part that has the byte at an offset. */
  indexOf(offset: number): number {
    let [low, high] = [0, this.parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.parts[middle]!.start <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The same with other bytes. What did not change keeps its part, and its explanation. */
  edited(bytes: Uint8Array): Packets {
    const parts = this.whole?.partsWith(bytes) ?? this.partsWith(bytes) ?? partsOf(bytes);
    const edited = new Packets(bytes, parts, this.explainBytes, this.explained);
    if (edited.broken !== undefined) edited.whole = this.whole ?? this;
    return edited;
  }

  /** These parts, with the one that changed read again; undefined if packets begin elsewhere behind it. */
  private partsWith(bytes: Uint8Array): readonly Part[] | undefined {
    if (bytes.length !== this.bytes.length) return undefined;
    const first = differenceOf(this.bytes, bytes);
    if (first === bytes.length) return this.parts;
    const index = this.indexOf(first);
    const part = this.parts[index]!;
    const isSameBehind = differenceOf(this.bytes.subarray(part.end), bytes.subarray(part.end));
    if (part.end + isSameBehind < bytes.length) return undefined;
    const parts = partsOf(bytes.subarray(0, part.end), part.start, part.origin);
    const isIndependent = part.origin !== undefined; // a capture has cut its packets apart already
    const isLast = index === this.parts.length - 1 && part.error === undefined;
    if (!isIndependent && !isLast && parts[parts.length - 1]!.error !== undefined) return undefined;
    return [...this.parts.slice(0, index), ...parts, ...this.parts.slice(index + 1)];
  }
}

/** Offset of the first byte that differs. */
function differenceOf(before: Uint8Array, after: Uint8Array): number {
  const size = Math.min(before.length, after.length);
  for (let i = 0; i < size; i++) if (before[i] !== after[i]) return i;
  return size;
}
