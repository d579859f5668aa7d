// One connection of a hostile broker, and an opinion on it that the library has no part in.
import type { ConnectOptions, Transport, TransportEvents } from '../../../src/client/client.ts';
import { INCOMPLETE, judge, REFUSED } from '../../support/naive-decoder.ts';

/** What only a client may send [Table 2.1]: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT. */
const CLIENTS_OWN = new Set([1, 8, 10, 12, 14]);
/** What is right or wrong by what was sent before: acknowledgements, but for PUBREL. */
const DEPENDS = new Set([4, 5, 7, 9, 11]);

export class Line implements Transport {
  isOpen = false;
  /** Bytes given while the client would take them. */
  size = 0;
  /** The client has ended it: in good order, or at once. */
  end: 'closed' | 'aborted' | undefined;
  /** Why, where the client said so. */
  cause: Error | undefined;
  private isCut = false;
  private isFlooded = false;
  private readonly events: TransportEvents;
  private readonly options: ConnectOptions;
  private readonly chunks: Uint8Array[] = [];

  constructor(events: TransportEvents, options: ConnectOptions) {
    this.events = events;
    this.options = options;
  }

  send(): void {}

  close(): void {
    this.end ??= 'closed';
  }

  abort(): void {
    this.end ??= 'aborted';
  }

  get isOver(): boolean {
    return this.isCut || this.end === 'aborted';
  }

  /** The client has sent DISCONNECT, and waits for nothing. */
  get isLeft(): boolean {
    return this.end !== undefined;
  }

  open(): void {
    this.isOpen = true;
    this.events.opened();
  }

  give(chunk: Uint8Array): void {
    if (this.end === undefined && !this.isCut) {
      this.chunks.push(chunk);
      this.size += chunk.length;
    }
    this.events.received(chunk);
  }

  /** Too many bytes to be judged. */
  flood(chunk: Uint8Array): void {
    this.isFlooded = true;
    this.events.received(chunk);
  }

  cut(code: number | undefined): void {
    this.isCut = true;
    this.events.closed(undefined, code);
  }

  get given(): Uint8Array {
    return Uint8Array.from(this.chunks.flatMap((chunk) => [...chunk]));
  }

  /** What is wrong with how the client has judged this connection. @param isLast its cause may still be to come */
  complaint(isLast: boolean): string | undefined {
    const verdict = this.judge();
    const name = this.cause?.name;
    // the last of them: a second CONNACK that refuses
    const isBlamed = /^(ProtocolError|PacketTooLargeError|ConnectionRefusedError)$/.test(name ?? '');
    if (verdict === 'illegal' && this.end === undefined && !this.isCut) return 'it goes on after what is illegal';
    if (verdict === 'illegal' && isLast && this.end === 'aborted' && this.cause !== undefined && !isBlamed)
      return `illegal bytes are called ${this.cause}`;
    if (verdict === 'legal' && isBlamed) return `legal bytes are called ${this.cause}`;
    return undefined;
  }

  private judge(): 'legal' | 'illegal' | 'depends' {
    let bytes: number[] = [...this.given];
    let verdict: 'legal' | 'depends' = 'legal';
    const { cleanSession, maxPacketSize = Number.POSITIVE_INFINITY } = this.options;
    if (this.isFlooded) return 'depends';
    for (let packets = 0; ; packets++) {
      if (bytes.length === 0) return verdict;
      const type = bytes[0]! >> 4;
      if ((packets === 0 && type !== 2) || sizeOf(bytes) > maxPacketSize) return 'illegal';
      const judgement = judge(bytes);
      if (judgement === REFUSED) return 'illegal';
      if (judgement === INCOMPLETE) return type === 9 ? 'depends' : verdict; // its size alone may be illegal
      if ((packets > 0 && type === 2) || CLIENTS_OWN.has(type)) return 'illegal';
      const { returnCode, sessionPresent } = (judgement as { packet: Record<string, unknown> }).packet;
      if (type === 2 && returnCode !== 0) return 'depends';
      if (type === 2 && sessionPresent && cleanSession !== false) return 'illegal';
      if (DEPENDS.has(type)) verdict = 'depends';
      bytes = bytes.slice((judgement as { size: number }).size);
    }
  }
}

/** As the fixed header announces it; 0 while that is not complete (2.2.3). */
function sizeOf(bytes: readonly number[]): number {
  let length = 0;
  for (let i = 1; i <= 4; i++) {
    const digit = bytes[i];
    if (digit === undefined) return 0;
    length += (digit % 128) * 128 ** (i - 1);
    if (digit < 128) return 1 + i + length;
  }
  return 0;
}
