// 1.5 Data representations: how the bytes of a packet are checked, written and read.
import { type Clause, ProtocolError } from './error.ts';
import { readText, set, sized } from './text.ts';

/** Refuses what is no whole number from `min` to `max`. */
export function checkInteger(clause: Clause, field: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max && value === (value | 0)) return;
  throw new ProtocolError(clause, `${field} must be ${min === max ? min : `${min} to ${max}`}, not ${value}`);
}

/** Size in bytes of binary data with its length in front. */
export function binarySize(bytes: Uint8Array, field: string): number {
  return sized(byteLength(bytes, field), field);
}

/** Refuses what is no array of bytes: a string or a list would be copied as zeros, without a word. */
export function byteLength(bytes: Uint8Array, field: string): number {
  // the first test takes a fraction of the second (measured), which knows also the arrays of another realm
  if (!(bytes instanceof Uint8Array) && (bytes as Uint8Array)?.BYTES_PER_ELEMENT !== 1)
    throw new TypeError(`${field} must be a Uint8Array`);
  return bytes.length;
}

// what follows writes into room that was measured before, and returns the offset behind

export function writeByte(value: number, target: Uint8Array, offset: number): number {
  target[offset] = value;
  return offset + 1;
}

/** 1.5.2: most significant byte first. */
export function writeUint16(value: number, target: Uint8Array, offset: number): number {
  target[offset] = value >> 8;
  target[offset + 1] = value;
  return offset + 2;
}

export function writeBinary(bytes: Uint8Array, target: Uint8Array, offset: number): number {
  return writeBytes(bytes, target, writeUint16(bytes.length, target, offset));
}

export function writeBytes(bytes: Uint8Array, target: Uint8Array, offset: number): number {
  set.call(target, bytes, offset);
  return offset + bytes.length;
}

/** Reads a chunk, one packet's body after the other, and never past the body's end (2.2.3). */
export class Reader {
  private source!: Uint8Array;
  private position!: number;
  private end!: number;
  // what `source` has getters for, which take longer than all else here (measured)
  private buffer: ArrayBufferLike | undefined;
  private byteOffset = 0;
  private view: DataView | undefined;

  constructor(source: Uint8Array) {
    this.open(source);
  }

  /** From here on, it is another chunk: to make a reader for each takes longer (measured). */
  open(source: Uint8Array): void {
    this.source = source;
    this.position = 0;
    this.end = source.length;
    this.buffer = this.view = undefined;
  }

  /** Bytes not read yet: of the body, or of the chunk outside of one. */
  get left(): number {
    return this.end - this.position;
  }

  /** From here on, a body of `length` bytes is all there is. */
  enter(length: number): void {
    this.end = this.position + length;
  }

  /** From here on, it is the chunk again. */
  leave(): void {
    this.end = this.source.length;
  }

  byte(field: string): number {
    return this.source[this.skip(1, field)]!;
  }

  /** 1.5.2: most significant byte first. */
  uint16(field: string): number {
    const start = this.skip(2, field);
    return (this.source[start]! << 8) | this.source[start + 1]!;
  }

  string(field: string): string {
    const start = this.skip(this.uint16(field), field);
    return readText(this.source, start, this.position, this.view, field);
  }

  /** A view: nothing is copied. */
  raw(length: number, field: string): Uint8Array {
    const start = this.skip(length, field);
    this.buffer ??= this.bufferOfSource();
    // not subarray(): of a Node Buffer that would be a Buffer
    return new Uint8Array(this.buffer, this.byteOffset + start, length);
  }

  /** Moves `count` bytes, which must be there. */
  copy(count: number, target: Uint8Array, offset: number): void {
    const start = this.skip(count, '');
    const isWhole = count === this.source.length;
    set.call(target, isWhole ? this.source : this.source.subarray(start, this.position), offset);
  }

  private bufferOfSource(): ArrayBufferLike {
    const { buffer, byteOffset, length } = this.source;
    this.byteOffset = byteOffset;
    if (length >= VIEW_PAYS && typeof DataView === 'function') this.view = new DataView(buffer, byteOffset, length);
    return buffer;
  }

  private skip(count: number, field: string): number {
    const start = this.position;
    if (count > this.end - start) throw new ProtocolError('§2.2.3', `the packet ends inside its ${field}`);
    this.position = start + count;
    return start;
  }
}

/** In bytes: where a chunk holds a few packets, a view of it saves more than it costs (measured). */
const VIEW_PAYS = 512;
