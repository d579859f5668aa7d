// The judge's own decoder: what a client may send, and what a broker may, judged strictly. It shares nothing with src.

export type QoS = 0 | 1 | 2;

export type ClientPacket =
  | { readonly type: 'CONNECT'; readonly clientId: string; readonly cleanSession: boolean; readonly keepAlive: number }
  | ClientPublish
  | { readonly type: 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP'; readonly id: number }
  | { readonly type: 'SUBSCRIBE'; readonly id: number; readonly filters: readonly (readonly [string, QoS])[] }
  | { readonly type: 'UNSUBSCRIBE'; readonly id: number; readonly filters: readonly string[] }
  | { readonly type: 'PINGREQ' | 'DISCONNECT' };

export interface ClientPublish {
  readonly type: 'PUBLISH';
  readonly dup: boolean;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly topic: string;
  readonly id: number; // 0: none
  readonly payload: Uint8Array;
}

export type BrokerPacket =
  | { readonly type: 'CONNACK'; readonly sessionPresent: boolean; readonly code: number }
  | ClientPublish
  | { readonly type: 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP' | 'UNSUBACK'; readonly id: number }
  | { readonly type: 'SUBACK'; readonly id: number; readonly codes: readonly number[] }
  | { readonly type: 'PINGRESP' };

/** A packet that the standard forbids. */
export class IllegalPacket extends Error {}

function must(rule: boolean, otherwise: string): asserts rule {
  if (!rule) throw new IllegalPacket(otherwise);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Fields off the front of one packet. */
class Fields {
  private readonly bytes: Uint8Array;
  private at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    must(this.at < this.end, 'the packet is too short');
    return this.bytes[this.at++]!;
  }

  integer(): number {
    return this.byte() * 256 + this.byte();
  }

  id(): number {
    const id = this.integer();
    must(id !== 0, 'packet identifier 0');
    return id;
  }

  binary(length = this.integer()): Uint8Array {
    must(this.at + length <= this.end, 'a field is longer than its packet');
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  text(): string {
    const text = utf8.decode(this.binary());
    must(!text.includes('\0'), 'U+0000 in a string');
    return text;
  }

  rest(): Uint8Array {
    return this.binary(this.end - this.at);
  }

  get isOver(): boolean {
    return this.at === this.end;
  }
}

/** Tables 2.1 and 2.2: the types that each side sends, and their flags. Those of PUBLISH say something. */
const FLAGS: { readonly [side: string]: { readonly [type: number]: number } } = {
  client: { 1: 0, 4: 0, 5: 0, 6: 2, 7: 0, 8: 2, 10: 2, 12: 0, 14: 0 },
  broker: { 2: 0, 4: 0, 5: 0, 6: 2, 7: 0, 9: 0, 11: 0, 13: 0 },
};

/** A packet in a stream. */
export interface Piece<P> {
  readonly packet: P;
  readonly bytes: Uint8Array;
  /** How many bytes had come when it was complete. */
  readonly end: number;
}

/** The packets of one stream from a client, or from a broker. */
export class PacketStream<P extends ClientPacket | BrokerPacket> {
  private readonly side: 'client' | 'broker';
  private bytes: Uint8Array = new Uint8Array(0);
  private start = 0;

  constructor(side: PacketStream<P>['side']) {
    this.side = side;
  }

  /** Every packet that ends in these bytes. Throws IllegalPacket. */
  push(bytes: Uint8Array): Piece<P>[] {
    this.bytes = this.bytes.length === 0 ? bytes : Uint8Array.from([...this.bytes, ...bytes]);
    const pieces: Piece<P>[] = [];
    let at = 0;
    for (;;) {
      const [length, body] = this.remainingLength(at + 1);
      if (length < 0 || body + length > this.bytes.length) break;
      const fields = new Fields(this.bytes, body, body + length);
      const packet = readPacket(this.bytes[at]!, fields, this.side) as P;
      must(fields.isOver, `${packet.type} is longer than what it says`);
      pieces.push({ packet, bytes: this.bytes.subarray(at, body + length), end: this.start + body + length });
      at = body + length;
    }
    this.bytes = this.bytes.subarray(at);
    this.start += at;
    return pieces;
  }

  private remainingLength(at: number): [length: number, body: number] {
    let length = 0;
    for (let k = 0; k < 4; k++) {
      const digit = this.bytes[at + k];
      if (digit === undefined) return [-1, 0];
      length += (digit & 0x7f) * 128 ** k;
      if (digit >= 128) continue;
      must(digit > 0 || k === 0, 'Remaining Length is padded');
      return [length, at + k + 1];
    }
    throw new IllegalPacket('Remaining Length has more than four bytes');
  }
}

function readPacket(first: number, fields: Fields, side: string): ClientPacket | BrokerPacket {
  const type = first >> 4;
  if (type === 3) return readPublish(first & 15, fields);
  must(FLAGS[side]![type] === (first & 15), `type or flags that no ${side} sends: ${first}`);
  if (type === 1) return readConnect(fields);
  if (type === 2) return readConnack(fields);
  if (type === 4) return { type: 'PUBACK', id: fields.id() };
  if (type === 5) return { type: 'PUBREC', id: fields.id() };
  if (type === 6) return { type: 'PUBREL', id: fields.id() };
  if (type === 7) return { type: 'PUBCOMP', id: fields.id() };
  if (type === 8) return readSubscribe(fields);
  if (type === 9) return readSuback(fields);
  if (type === 10) return readUnsubscribe(fields);
  if (type === 11) return { type: 'UNSUBACK', id: fields.id() };
  if (type === 13) return { type: 'PINGRESP' };
  return { type: type === 12 ? 'PINGREQ' : 'DISCONNECT' };
}

function readConnect(fields: Fields): ClientPacket {
  must(fields.text() === 'MQTT' && fields.byte() === 4, 'another protocol');
  const flags = fields.byte();
  must((flags & 0b1111_1101) === 0, 'a will or credentials, where none were asked for');
  const keepAlive = fields.integer();
  const clientId = fields.text();
  const cleanSession = (flags & 2) !== 0;
  must(clientId !== '' || cleanSession, 'a session for nobody');
  return { type: 'CONNECT', clientId, cleanSession, keepAlive };
}

function readConnack(fields: Fields): BrokerPacket {
  const flags = fields.byte();
  const code = fields.byte();
  must(flags < 2 && code < 6 && (flags === 0 || code === 0), `CONNACK with flags ${flags} and code ${code}`);
  return { type: 'CONNACK', sessionPresent: flags === 1, code };
}

function readPublish(flags: number, fields: Fields): ClientPublish {
  const qos = ((flags >> 1) & 3) as QoS | 3;
  must(qos !== 3, 'QoS 3');
  const dup = (flags & 8) !== 0;
  must(!dup || qos > 0, 'DUP with QoS 0');
  const topic = fields.text();
  must(topic !== '' && !/[#+]/.test(topic), 'no topic name');
  const id = qos === 0 ? 0 : fields.id();
  return { type: 'PUBLISH', dup, qos, retain: (flags & 1) !== 0, topic, id, payload: fields.rest() };
}

function readFilter(fields: Fields): string {
  const filter = fields.text();
  must(/^(([^#+/]*|\+)\/)*([^#+/]*|[+#])$/.test(filter) && filter !== '', `no topic filter: ${filter}`);
  return filter;
}

function readSubscribe(fields: Fields): ClientPacket {
  const id = fields.id();
  const filters: [string, QoS][] = [];
  do {
    const filter = readFilter(fields);
    const qos = fields.byte();
    must(qos < 3, 'reserved bits beside the requested QoS');
    filters.push([filter, qos as QoS]);
  } while (!fields.isOver);
  return { type: 'SUBSCRIBE', id, filters };
}

function readUnsubscribe(fields: Fields): ClientPacket {
  const id = fields.id();
  const filters: string[] = [];
  do filters.push(readFilter(fields));
  while (!fields.isOver);
  return { type: 'UNSUBSCRIBE', id, filters };
}

function readSuback(fields: Fields): BrokerPacket {
  const id = fields.id();
  const codes = [...fields.rest()];
  must(codes.length > 0 && codes.every((code) => code < 3 || code === 0x80), `return codes ${codes}`);
  return { type: 'SUBACK', id, codes };
}
