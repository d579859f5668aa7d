// A cursor as Reader is one, which leaves a note at every field it passes.

import { textOf } from '#text';
import type { Clause, ProtocolError } from '../codec/error.ts';
import { visible } from './visible.ts';

/** What some bytes are. */
export interface Annotation {
  /** Offset of the first of the bytes. */
  readonly start: number;
  /** Offset behind the last of them. */
  readonly end: number;
  /** In the standard's words. */
  readonly field: string;
  /** In words and numbers, bit by bit where bits count; where a packet breaks, also why. */
  readonly value: string;
  /** Where to read about it: a section, or the statement that is broken. */
  readonly section: Clause;
  /** What a decoder says, where a packet breaks; undefined everywhere else. */
  readonly error: ProtocolError | undefined;
}

/** Text of more bytes than this is not shown as text. */
const LONGEST_TEXT = 1024;
const LONGEST_HEX = 16;

/**
 * Walks through packets, field by field. It judges nothing: the verdict on a packet is known before, and the walk looks
 * for the entry it is about, marks it, and ends there by throwing it.
 */
export class Annotator {
  readonly annotations: Annotation[] = [];
  private readonly bytes: Uint8Array;
  private position = 0;
  private end = 0; // of the packet, or of what is there of it
  private missing = 0; // bytes of the packet that are not there
  private verdict: ProtocolError | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Bytes of this packet not passed yet. */
  get left(): number {
    return this.end - this.position;
  }

  /** The next byte, which must be there. */
  get next(): number {
    return this.bytes[this.position]!;
  }

  /** What follows is another packet, and this is what is to be said about it. */
  begin(verdict: ProtocolError | undefined): void {
    this.verdict = verdict;
    this.end = this.bytes.length;
  }

  byte(field: string, section: Clause, say: (value: number) => string = String): number {
    const at = this.position;
    this.note(1, field, section, () => say(this.bytes[at]!));
    return this.bytes[at]!;
  }

  /** 1.5.2: most significant byte first. */
  uint16(field: string, section: Clause, say: (value: number) => string = String): number {
    const at = this.position;
    const value = () => (this.bytes[at]! << 8) | this.bytes[at + 1]!;
    this.note(2, field, section, () => say(value()));
    return value();
  }

  /** 1.5.3: a length, and this many bytes of UTF-8. `check` throws what else a decoder may say about the text. */
  string(field: string, section: Clause, check: (text: string) => void = () => {}): void {
    const size = this.uint16(`${field} length`, '§1.5.3');
    if (size > 0) this.note(size, field, section, (start, end) => this.text(start, end) ?? this.hex(start, end));
    const text = textOf(this.bytes, this.position - size, this.position);
    if (text === undefined) return this.blame('MQTT-1.5.3-1');
    if (text.indexOf('\0') !== -1) this.blame('MQTT-1.5.3-2');
    try {
      check(text);
    } catch (error) {
      this.blame((error as ProtocolError).clause);
    }
  }

  /** A length, and this many bytes of anything. */
  binary(field: string, section: Clause): void {
    const size = this.uint16(`${field} length`, section);
    this.raw(size, field, section);
  }

  /** Bytes of anything: shown as text if they look like text. */
  raw(size: number, field: string, section: Clause): void {
    const say = (start: number, end: number) => {
      const text = this.text(start, end);
      return text === undefined || text.indexOf('\\u') !== -1 ? this.hex(start, end) : text;
    };
    if (size > 0) this.note(size, field, section, say);
  }

  /** 2.2.3: seven bits in each byte, low ones first. From here on it is known where the packet ends. */
  remainingLength(): void {
    let value = 0;
    let size = 0;
    let byte = 0x80; // another one follows
    while (byte > 0x7f && size < 4 && size < this.left) {
      byte = this.bytes[this.position + size]!;
      value |= (byte & 0x7f) << (7 * size);
      size += 1;
    }
    const isPadded = size > 1 && byte === 0;
    const say = () => (isPadded ? `${value}, in more bytes than it needs` : `${value}`);
    this.note(Math.max(size, 1), 'Remaining Length', '§2.2.3', byte > 0x7f ? (...at) => this.hex(...at) : say);
    if (byte > 0x7f) this.breakHere();
    this.end = Math.min(this.position + value, this.bytes.length);
    this.missing = this.position + value - this.end;
  }

  /** The packet breaks at the entry just made, if the verdict is one of these. */
  blame(...clauses: Clause[]): void {
    if (this.verdict !== undefined && clauses.indexOf(this.verdict.clause) !== -1) this.breakHere();
  }

  /** The packet ends here. A verdict that no entry has answered for is about what should follow the last one. */
  finish(): void {
    this.raw(this.left, 'surplus', '§2.2.3');
    if (this.verdict !== undefined) this.breakHere();
  }

  /** After a broken packet there is no way to know where the next one begins. */
  giveUp(reason: unknown): void {
    if (reason !== this.verdict) throw reason;
    this.end = this.bytes.length;
    if (this.left > 0) this.note(this.left, 'not read', '§4.8', (start, end) => bytesOf(end - start));
  }

  // The next `size` bytes are a field, unless the packet ends inside it: a field without a byte leaves no entry.
  private note(size: number, field: string, section: Clause, say: (start: number, end: number) => string): void {
    const start = this.position;
    const end = Math.min(start + size, this.end);
    const isCut = end - start < size;
    if (start < end) {
      const value = isCut ? this.hex(start, end) : say(start, end);
      this.annotations.push({ start, end, field, value, section, error: undefined });
    }
    this.position = end;
    if (isCut) this.breakHere();
  }

  private breakHere(): never {
    const error = this.verdict!;
    const sentence = quote(error.message.replace(` [${error.clause}]`, '')).slice(1, -1);
    const why = this.missing > 0 ? `${sentence}, ${bytesOf(this.missing)} must follow` : sentence;
    const last = this.annotations.pop()!;
    this.annotations.push({ ...last, value: `${last.value}: ${why}`, section: error.clause, error });
    throw error;
  }

  private text(start: number, end: number): string | undefined {
    if (end - start > LONGEST_TEXT) return undefined;
    const text = textOf(this.bytes, start, end);
    return text === undefined ? undefined : quote(text);
  }

  private hex(start: number, end: number): string {
    const size = end - start;
    const shown = this.bytes.subarray(start, Math.min(end, start + LONGEST_HEX));
    const digits = Array.from(shown, (byte) => (byte + 0x100).toString(16).slice(1)).join(' ');
    return size > LONGEST_HEX ? `${bytesOf(size)}, ${digits} …` : digits;
  }
}

function quote(text: string): string {
  return visible(JSON.stringify(text));
}

function bytesOf(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}
