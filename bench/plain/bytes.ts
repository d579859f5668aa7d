// 1.5 Data representations: the two cursors that move over a packet's bytes.
import { type Clause, ProtocolError } from '../../src/codec/error.ts';
import { readText, sized } from '../../src/codec/text.ts';

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
  if (bytes?.BYTES_PER_ELEMENT !== 1) throw new TypeError(`${field} must be a Uint8Array`);
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
  target.set(bytes, offset);
  return offset + bytes.length;
}

/** Reads a chunk, one packet's body after the other, and never past the body's end (2.2.3). */
export class Reader {
  private source!: Uint8Array;
  private position!: number;
  private end!: number;

  constructor(source: Uint8Array) {
    this.open(source);
  }

  open(source: Uint8Array): void {
    this.source = source;
    this.position = 0;
    this.end = source.length;
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
    return readText(this.source, start, this.position, undefined, field);
  }

  /** A copy: what is small and long-lived, such as a password, does not pin the chunk it came in. */
  binary(field: string): Uint8Array {
    return new Uint8Array(this.raw(this.uint16(field), field));
  }

  /** A view: nothing is copied. */
  raw(length: number, field: string): Uint8Array {
    const start = this.skip(length, field);
    return new Uint8Array(this.source.buffer, this.source.byteOffset + start, length);
  }

  copy(count: number, target: Uint8Array, offset: number): void {
    const start = this.skip(count, '');
    target.set(this.source.subarray(start, this.position), offset);
  }

  private skip(count: number, field: string): number {
    const start = this.position;
    if (count > this.end - start) throw new ProtocolError('§2.2.3', `the packet ends inside its ${field}`);
    this.position = start + count;
    return start;
  }
}
