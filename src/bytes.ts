// 1.5 Data representations: the two cursors that move over a packet's bytes.
import { ProtocolError } from './errors.ts';
import { checkedUtf8Length, checkNoNull, illFormed, readUtf8, writeUtf8 } from './utf8.ts';

/** Size in bytes of a string with its length in front (1.5.3). */
export function stringSize(text: string, field: string): number {
  return prefixed(checkedUtf8Length(text, field), field);
}

/** Size in bytes of binary data with its length in front. */
export function binarySize(bytes: Uint8Array, field: string): number {
  return prefixed(checkBytes(bytes, field).length, field);
}

function prefixed(length: number, field: string): number {
  if (length > 0xffff) throw new ProtocolError('§1.5.3', `${field} has ${length} bytes, at most 65535 are allowed`);
  return 2 + length;
}

/** Refuses what is no array of bytes: a string or a list would be copied as zeros, without a word. */
export function checkBytes(bytes: Uint8Array, field: string): Uint8Array {
  if (bytes?.BYTES_PER_ELEMENT !== 1) throw new TypeError(`${field} must be a Uint8Array`);
  return bytes;
}

/** Writes into room that was measured before: the caller guarantees that it is there. */
export class Writer {
  private readonly target: Uint8Array;
  private position: number;

  constructor(target: Uint8Array, position: number) {
    this.target = target;
    this.position = position;
  }

  byte(value: number): void {
    this.target[this.position++] = value;
  }

  /** 1.5.2: most significant byte first. */
  uint16(value: number): void {
    this.target[this.position++] = value >> 8;
    this.target[this.position++] = value;
  }

  string(text: string): void {
    const start = this.position + 2;
    const end = writeUtf8(text, this.target, start);
    this.uint16(end - start);
    this.position = end;
  }

  binary(bytes: Uint8Array): void {
    this.uint16(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.target.set(bytes, this.position);
    this.position += bytes.length;
  }
}

/** Reads one packet's body and never past its end: what a field still needs must be there (2.2.3). */
export class Reader {
  private readonly source: Uint8Array;
  private position: number;
  private readonly end: number;

  constructor(source: Uint8Array, start: number, end: number) {
    this.source = source;
    this.position = start;
    this.end = end;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.end - this.position;
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
    const length = this.uint16(field);
    const start = this.skip(length, field);
    const text = readUtf8(this.source, start, this.position);
    if (text === undefined) throw illFormed(field);
    checkNoNull(text, field);
    return text;
  }

  /** A copy: what is small and long-lived, such as a password, does not pin the chunk it came in. */
  binary(field: string): Uint8Array {
    const length = this.uint16(field);
    const copy = new Uint8Array(length);
    copy.set(this.view(this.skip(length, field), length));
    return copy;
  }

  /** All that is left, as a view: nothing is copied. */
  rest(): Uint8Array {
    const length = this.left;
    return this.view(this.skip(length, ''), length);
  }

  private skip(count: number, field: string): number {
    if (count > this.left) throw new ProtocolError('§2.2.3', `the packet ends inside its ${field}`);
    const start = this.position;
    this.position += count;
    return start;
  }

  // not subarray(): of a Node Buffer that would be a Buffer
  private view(start: number, length: number): Uint8Array {
    return new Uint8Array(this.source.buffer, this.source.byteOffset + start, length);
  }
}
