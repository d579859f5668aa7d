// The broker's own codec: what a client may send, judged strictly, and what a broker sends. It shares nothing with src.

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
  /** `session` is not on the wire: which it is. */
  | { readonly type: 'CONNACK'; readonly sessionPresent: boolean; readonly code: number; readonly session: number }
  | ClientPublish
  | { readonly type: 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP' | 'UNSUBACK'; readonly id: number }
  | { readonly type: 'SUBACK'; readonly id: number; readonly codes: readonly number[] }
  | { readonly type: 'PINGRESP' };

/** A client sent what the standard forbids. */
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

const FLAGS: { readonly [type: number]: number } = { 1: 0, 4: 0, 5: 0, 6: 2, 7: 0, 8: 2, 10: 2, 12: 0, 14: 0 };

/** The packets of one stream from a client. */
export class ClientStream {
  private bytes: Uint8Array = new Uint8Array(0);

  /** Every packet that ends in these bytes, and how many of them come behind it. Throws IllegalPacket. */
  push(bytes: Uint8Array): [packet: ClientPacket, behind: number][] {
    this.bytes = this.bytes.length === 0 ? bytes : Uint8Array.from([...this.bytes, ...bytes]);
    const packets: [ClientPacket, number][] = [];
    let at = 0;
    for (;;) {
      const [length, body] = this.remainingLength(at + 1);
      if (length < 0 || body + length > this.bytes.length) break;
      const fields = new Fields(this.bytes, body, body + length);
      const packet = readPacket(this.bytes[at]!, fields);
      must(fields.isOver, `${packet.type} is longer than what it says`);
      at = body + length;
      packets.push([packet, this.bytes.length - at]);
    }
    this.bytes = this.bytes.subarray(at);
    return packets;
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

function readPacket(first: number, fields: Fields): ClientPacket {
  const type = first >> 4;
  if (type === 3) return readPublish(first & 15, fields);
  must(FLAGS[type] === (first & 15), `type or flags that no client sends: ${first}`);
  if (type === 1) return readConnect(fields);
  if (type === 4) return { type: 'PUBACK', id: fields.id() };
  if (type === 5) return { type: 'PUBREC', id: fields.id() };
  if (type === 6) return { type: 'PUBREL', id: fields.id() };
  if (type === 7) return { type: 'PUBCOMP', id: fields.id() };
  if (type === 8) return readSubscribe(fields);
  if (type === 10) return readUnsubscribe(fields);
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

const ascii = new TextEncoder();
const FIRST_BYTE = { PUBACK: 0x40, PUBREC: 0x50, PUBREL: 0x62, PUBCOMP: 0x70, UNSUBACK: 0xb0 } as const;

export function writePacket(packet: BrokerPacket): Uint8Array {
  switch (packet.type) {
    case 'CONNACK':
      return Uint8Array.of(0x20, 2, packet.sessionPresent ? 1 : 0, packet.code);
    case 'PINGRESP':
      return Uint8Array.of(0xd0, 0);
    case 'SUBACK':
      return Uint8Array.of(0x90, 2 + packet.codes.length, packet.id >> 8, packet.id & 255, ...packet.codes);
    case 'PUBLISH':
      return writePublish(packet);
    default:
      return Uint8Array.of(FIRST_BYTE[packet.type], 2, packet.id >> 8, packet.id & 255);
  }
}

function writePublish({ dup, qos, retain, topic, id, payload }: ClientPublish): Uint8Array {
  const name = ascii.encode(topic);
  const head = [name.length >> 8, name.length & 255, ...name];
  if (qos > 0) head.push(id >> 8, id & 255);
  let left = head.length + payload.length;
  const length: number[] = [];
  for (; left > 127; left >>= 7) length.push((left & 127) | 128);
  const front = [0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0), ...length, left, ...head];
  const whole = new Uint8Array(front.length + payload.length);
  whole.set(front);
  whole.set(payload, front.length);
  return whole;
}
