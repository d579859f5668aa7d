// TCP connections out of segments: what each side received, in order.

import type { Segment } from './pcap.ts';

/** Bytes, and when they came: a number that grows. */
export interface Chunk {
  readonly time: number;
  readonly bytes: Uint8Array;
}

/** One direction of a connection. */
export interface Half {
  readonly from: string;
  readonly toPort: number;
  readonly chunks: Chunk[];
  /** Whether bytes are not in the capture: behind them all is left out. */
  readonly isCut: boolean;
  /** Whether this side opened the connection; undefined: the capture began later. */
  readonly isOpener: boolean | undefined;
}

class Assembly implements Half {
  readonly from: string;
  readonly toPort: number;
  readonly chunks: Chunk[] = [];
  isOpener: boolean | undefined;
  private next: number | undefined; // sequence number
  private early: Segment[] = [];

  constructor({ from, toPort }: Segment) {
    this.from = from;
    this.toPort = toPort;
  }

  get isCut(): boolean {
    return this.early.length > 0;
  }

  /** Whether this begins another connection between the same ports. */
  isOver({ isSyn, sequence }: Segment): boolean {
    return isSyn && this.next !== undefined && this.chunks.length > 0 && sequence + 1 !== this.next;
  }

  take(segment: Segment, time: number): void {
    const { isSyn, isAck, sequence, payload } = segment;
    if (isSyn) [this.next, this.isOpener] = [(sequence + 1) >>> 0, !isAck];
    if (payload.length === 0) return;
    this.next ??= sequence;
    const ahead = (sequence + (isSyn ? 1 : 0) - this.next) | 0; // they count modulo 2^32
    if (ahead > 0) {
      this.early.push(segment);
      return;
    }
    if (-ahead >= payload.length) return; // sent again
    this.chunks.push({ time, bytes: payload.subarray(-ahead) });
    this.next = (this.next + payload.length + ahead) >>> 0;
    for (const each of this.early.splice(0)) this.take(each, time);
  }
}

/** Pairs of directions, in the order in which they were first seen. */
export function connectionsOf(segments: readonly Segment[]): Half[][] {
  const open = new Map<string, Assembly[]>();
  const all: Assembly[][] = [];
  segments.forEach((segment, time) => {
    const key = [segment.from, segment.to].sort().join(' ');
    let halves = open.get(key);
    if (halves === undefined || (!segment.isAck && halves.some((half) => half.isOver(segment)))) {
      halves = [];
      open.set(key, halves);
      all.push(halves);
    }
    let half = halves.filter(({ from }) => from === segment.from)[0];
    if (half === undefined) {
      half = new Assembly(segment);
      halves.push(half);
    }
    half.take(segment, time);
  });
  return all;
}
