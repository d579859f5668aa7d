// A second decoder, written from the tables of the standard alone: slow, plain, and sharing nothing with src.
// It judges one string of bytes: a packet, the beginning of one, or bytes that break a rule.

export const INCOMPLETE = 'incomplete';
export const REFUSED = 'refused';

type Fields = Record<string, unknown>;
export type Judgement = typeof INCOMPLETE | typeof REFUSED | { packet: Fields; size: number };

class Refusal {}
const refusal = new Refusal();
function must(rule: boolean): void {
  if (!rule) throw refusal;
}

// Table 2.1 and Table 2.2: name, flags; 0 and 15 are reserved
const TABLE: Readonly<Record<number, readonly [name: string, flags: string]>> = {
  1: ['CONNECT', '0000'],
  2: ['CONNACK', '0000'],
  3: ['PUBLISH', 'any'],
  4: ['PUBACK', '0000'],
  5: ['PUBREC', '0000'],
  6: ['PUBREL', '0010'],
  7: ['PUBCOMP', '0000'],
  8: ['SUBSCRIBE', '0010'],
  9: ['SUBACK', '0000'],
  10: ['UNSUBSCRIBE', '0010'],
  11: ['UNSUBACK', '0000'],
  12: ['PINGREQ', '0000'],
  13: ['PINGRESP', '0000'],
  14: ['DISCONNECT', '0000'],
};

const bitsOf = (byte: number) => byte.toString(2).padStart(8, '0');
const numberOf = (bits: string) => Number.parseInt(bits, 2);

/** Takes fields off the front of a list of bytes. */
class Fieldwise {
  readonly bytes: number[];
  constructor(bytes: number[]) {
    this.bytes = bytes;
  }
  byte(): number {
    must(this.bytes.length >= 1);
    return this.bytes.shift()!;
  }
  // 1.5.2
  integer(): number {
    const msb = this.byte();
    return msb * 256 + this.byte();
  }
  binary(): Uint8Array {
    const length = this.integer();
    must(this.bytes.length >= length);
    return Uint8Array.from(this.bytes.splice(0, length));
  }
  // 1.5.3, with the table of well-formed sequences of RFC 3629, section 4
  text(): string {
    const left = Array.from(this.binary());
    let text = '';
    const tail = (from = 0x80, to = 0xbf) => {
      const byte = left.shift();
      must(byte !== undefined && byte >= from && byte <= to);
      return bitsOf(byte!).slice(2);
    };
    while (left.length > 0) {
      const lead = left.shift()!;
      const bits = bitsOf(lead);
      must(lead !== 0);
      let codePoint: string;
      if (lead <= 0x7f) codePoint = bits;
      else if (lead >= 0xc2 && lead <= 0xdf) codePoint = bits.slice(3) + tail();
      else if (lead === 0xe0) codePoint = bits.slice(4) + tail(0xa0) + tail();
      else if (lead === 0xed) codePoint = bits.slice(4) + tail(0x80, 0x9f) + tail();
      else if (lead >= 0xe1 && lead <= 0xef) codePoint = bits.slice(4) + tail() + tail();
      else if (lead === 0xf0) codePoint = bits.slice(5) + tail(0x90) + tail() + tail();
      else if (lead >= 0xf1 && lead <= 0xf3) codePoint = bits.slice(5) + tail() + tail() + tail();
      else if (lead === 0xf4) codePoint = bits.slice(5) + tail(0x80, 0x8f) + tail() + tail();
      else throw refusal;
      text += String.fromCodePoint(numberOf(codePoint));
    }
    return text;
  }
  packetId(): number {
    const packetId = this.integer();
    must(packetId !== 0);
    return packetId;
  }
  // 4.7
  topic(): string {
    const topic = this.text();
    must(/^[^#+]+$/s.test(topic));
    return topic;
  }
  topicFilter(): string {
    const topicFilter = this.text();
    must(/^(([^#+/]*|\+)\/)*([^#+/]*|\+|#)$/s.test(topicFilter) && topicFilter !== '');
    return topicFilter;
  }
  isAtEnd(): boolean {
    return this.bytes.length === 0;
  }
}

const BODIES: Readonly<Record<string, (body: Fieldwise, flags: string) => Fields>> = {
  CONNECT(body) {
    must(body.text() === 'MQTT');
    must(body.byte() === 4);
    const [hasUsername, hasPassword, willRetain, willQosHigh, willQosLow, hasWill, cleanSession, reserved] = Array.from(
      bitsOf(body.byte()),
      (bit) => bit === '1',
    );
    must(!reserved);
    const keepAlive = body.integer();
    const clientId = body.text();
    let will: Fields | undefined;
    if (hasWill) {
      must(!(willQosHigh && willQosLow));
      const qos = willQosHigh ? 2 : willQosLow ? 1 : 0;
      will = { topic: body.topic(), payload: body.binary(), qos, retain: willRetain };
    } else {
      must(!willRetain && !willQosHigh && !willQosLow);
    }
    must(hasUsername === true || !hasPassword);
    const username = hasUsername ? body.text() : undefined;
    const password = hasPassword ? body.binary() : undefined;
    return { clientId, cleanSession, keepAlive, username, password, will };
  },
  CONNACK(body) {
    const flags = body.byte();
    const returnCode = body.byte();
    must(flags === 0 || flags === 1);
    must(returnCode <= 5);
    must(flags === 0 || returnCode === 0);
    return { sessionPresent: flags === 1, returnCode };
  },
  PUBLISH(body, flags) {
    const dup = flags[0] === '1';
    const qos = numberOf(flags.slice(1, 3));
    const retain = flags[3] === '1';
    must(qos < 3 && (qos > 0 || !dup));
    const topic = body.topic();
    const packetId = qos > 0 ? body.packetId() : 0;
    return { dup, qos, retain, topic, packetId, payload: Uint8Array.from(body.bytes.splice(0)) };
  },
  PUBACK: (body) => ({ packetId: body.packetId() }),
  PUBREC: (body) => ({ packetId: body.packetId() }),
  PUBREL: (body) => ({ packetId: body.packetId() }),
  PUBCOMP: (body) => ({ packetId: body.packetId() }),
  UNSUBACK: (body) => ({ packetId: body.packetId() }),
  SUBSCRIBE(body) {
    const packetId = body.packetId();
    const subscriptions: Fields[] = [];
    do {
      const topicFilter = body.topicFilter();
      const qos = body.byte();
      must(qos <= 2);
      subscriptions.push({ topicFilter, qos });
    } while (!body.isAtEnd());
    return { packetId, subscriptions };
  },
  SUBACK(body) {
    const packetId = body.packetId();
    const returnCodes: number[] = [];
    do {
      const code = body.byte();
      must([0x00, 0x01, 0x02, 0x80].includes(code));
      returnCodes.push(code);
    } while (!body.isAtEnd());
    return { packetId, returnCodes };
  },
  UNSUBSCRIBE(body) {
    const packetId = body.packetId();
    const topicFilters: string[] = [];
    do topicFilters.push(body.topicFilter());
    while (!body.isAtEnd());
    return { packetId, topicFilters };
  },
  PINGREQ: () => ({}),
  PINGRESP: () => ({}),
  DISCONNECT: () => ({}),
};

/** Filters in a SUBSCRIBE of 268,435,455 bytes: 2 bytes of identifier, then 2 of length, 1 of text and 1 of QoS for each. */
const MOST_FILTERS = Math.floor((268_435_455 - 2) / 4);

/**
 * What the standard says about `bytes` as the beginning of a stream.
 *
 * @param mostReturnCodes of a SUBACK: as many filters as were asked for, at most [MQTT-3.8.4-5]
 */
export function judge(bytes: readonly number[], mostReturnCodes: number = MOST_FILTERS): Judgement {
  try {
    return judgeOrThrow(bytes, mostReturnCodes);
  } catch (error) {
    if (error === refusal) return REFUSED;
    throw error;
  }
}

function judgeOrThrow(bytes: readonly number[], mostReturnCodes: number): Judgement {
  if (bytes.length === 0) return INCOMPLETE;
  const firstByte = bitsOf(bytes[0]!);
  const type = numberOf(firstByte.slice(0, 4));
  const flags = firstByte.slice(4);
  must(type in TABLE);
  const [name, expectedFlags] = TABLE[type]!;
  if (expectedFlags === 'any') must(!/^.11.$|^100.$/.test(flags));
  else must(flags === expectedFlags);

  // 2.2.3: least significant seven bits first, at most four bytes
  let remainingLength = 0;
  let size = 1;
  for (let power = 0; ; power++) {
    must(power < 4);
    if (size === bytes.length) return INCOMPLETE;
    const byte = bytes[size++]!;
    remainingLength += (byte % 128) * 128 ** power;
    if (byte < 128) break;
    must(power < 3); // nothing that follows could make it legal
  }
  must(name !== 'SUBACK' || remainingLength <= 2 + mostReturnCodes);
  if (bytes.length < size + remainingLength) return INCOMPLETE;
  const body = new Fieldwise(bytes.slice(size, size + remainingLength));
  const fields = BODIES[name]!(body, flags);
  must(body.isAtEnd());
  return { packet: { type, ...fields }, size: size + remainingLength };
}
