// 3.3 PUBLISH as the application receives it.

import { textOf, utf8Of } from '#text';
import type { QoS } from '../codec/codec.ts';
import { NOTHING } from '../codec/read.ts';
import { checkBytes } from './check.ts';

/** A message received. */
export interface Message {
  readonly topic: string;
  /** Its memory belongs to this message alone, and is at most twice as large. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  /** Whether the broker had it in store when the subscription was made (3.3.1.3). */
  readonly retain: boolean;
  /** Whether it may have been delivered before (3.3.1.1). */
  readonly dup: boolean;
  /** The payload as text. Throws TypeError when it is not UTF-8. */
  text(): string;
  /** The payload as JSON. Throws TypeError when it is not UTF-8, SyntaxError when it is not JSON. */
  json(): unknown;
}

export class ReceivedMessage implements Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly dup: boolean;

  /** @param isShared whether another message has this payload too */
  constructor({ topic, payload, qos, retain, dup }: Omit<Message, 'text' | 'json'>, isShared = false) {
    this.topic = topic;
    this.payload = isShared || !fillsBuffer(payload) ? new Uint8Array(payload) : payload;
    this.qos = qos;
    this.retain = retain;
    this.dup = dup;
  }

  text(): string {
    const text = textOf(this.payload);
    if (text === undefined) throw new TypeError(`the payload of a message to '${this.topic}' is not UTF-8`);
    return text;
  }

  json(): unknown {
    return JSON.parse(this.text());
  }
}

/** Whether nothing lies behind it that is still to be read, and it takes half of its chunk or more. */
function fillsBuffer({ buffer, byteOffset, length }: Uint8Array): boolean {
  return byteOffset + length === buffer.byteLength && 2 * length >= buffer.byteLength;
}

/** Text as bytes; anything else as it is. Throws TypeError for text that UTF-8 cannot express, and without bytes. */
export function toBytes<T>(value: T, field: string): Exclude<T, string> | Uint8Array {
  const bytes = typeof value === 'string' ? utf8Of(value) : checkBytes(value as Exclude<T, string>, field);
  if (bytes === undefined) throw new TypeError(`${field} has a lone surrogate`);
  if (isDetached(bytes)) throw new TypeError(`${field} has no bytes: its buffer was transferred or shortened`);
  return bytes as Exclude<T, string> | Uint8Array;
}

/** Its length is 0 then, as that of an empty array, which can be copied. */
function isDetached(bytes: unknown): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length > 0) return false;
  try {
    NOTHING.set(bytes);
    return false;
  } catch {
    return true;
  }
}
