// 3.3 PUBLISH as the application receives it.

import { textOf, utf8Of } from '#text';
import type { PublishPacket, QoS } from '../codec/codec.ts';

/** A message received. */
export interface Message {
  readonly topic: string;
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

  constructor({ topic, payload, qos, retain, dup }: PublishPacket) {
    this.topic = topic;
    this.payload = payload;
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

/** Text as bytes; anything else as it is. Throws TypeError for text that UTF-8 cannot express. */
export function toBytes<T>(value: T, field: string): Exclude<T, string> | Uint8Array {
  if (typeof value !== 'string') return value as Exclude<T, string>;
  const bytes = utf8Of(value);
  if (bytes === undefined) throw new TypeError(`${field} has a lone surrogate`);
  return bytes;
}
