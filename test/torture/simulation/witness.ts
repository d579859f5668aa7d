// Sees both streams at the client's end, all that the application is told, and judges.
import type { SessionRecord } from '../../../src/client/client.ts';
import { PacketType } from '../../../src/codec/codec.ts';
import type { StoreChange } from '../../../src/session/level.ts';
import { type Inbound, type Ledger, numberOf } from './ledger.ts';
import type { MemoryEvents } from './memory.ts';
import type { Network, Observer } from './network.ts';
import type { Setting } from './plan.ts';
import type { Time } from './time.ts';
import type { BrokerPacket, ClientPacket, ClientPublish } from './wire.ts';

/** What is promised, by letter. */
export const PROMISES = {
  a: 'a fulfilled publish reached the broker',
  b: 'a QoS 2 message is delivered exactly once, each way; QoS 1 at least once',
  c: 'what is unacknowledged is sent again: same identifier, DUP 1, first order, no PUBLISH after its PUBREC',
  d: 'acknowledgements and messages go in order of arrival, when the message is processed',
  e: 'no packet state crosses a session that ended',
  f: 'nothing before CONNECT, nothing after DISCONNECT',
  g: 'every promise settles, for a reason',
  h: 'neither side sends an illegal packet',
  i: 'the gap between packets is never longer than the keep alive, and silence is found out',
  j: 'nothing is left after close',
  k: 'what must outlive the process is kept before it is told',
} as const;
export type Letter = keyof typeof PROMISES;

export interface Violation {
  readonly letter: Letter;
  readonly what: string;
}

/** What the client knows of a message it has sent and that is not acknowledged. */
interface Sent {
  readonly number: number;
  session: number;
  isReleased: boolean;
}

/** What one connection has seen. */
interface Line {
  connectAt: number | undefined;
  keepAlive: number;
  acceptedAt: number | undefined;
  lastSent: number;
  lastHeard: number;
  lastMoved: number;
  isDisconnected: boolean;
  session: number;
  /** The newest message when a session was resumed; 0: none was. What is older may have been sent, or tried. */
  newest: number;
  /** Of the last message sent, by QoS. */
  readonly lastNumbers: [number, number, number];
  /** Messages that a resumed session still has to send again. */
  toRepeat: number[];
  /** Identifiers that are owed a PUBREL, a PUBCOMP … in this order. */
  readonly pubrels: number[];
  readonly pubcomps: number[];
  readonly pubacks: [id: number, number: number][];
  readonly pubrecs: [id: number, number: number][];
}

export class Witness implements Observer, MemoryEvents {
  violation: Violation | undefined;
  /** Of all that happened, in two halves: equal for equal runs. */
  hash = 0x811c_9dc5;
  hash2 = 0;
  /** In words, when asked for. */
  trace: string[] | undefined;
  isTouched = false;
  /** The process closes its client, which takes no more messages. */
  isLeaving = false;
  /** Messages whose PUBREC had come when the broker lost the session, or may have lost it. */
  readonly lostAfterPubrec = new Set<number>();
  /** Messages of an earlier process whose session was lost unseen: only that process could have been told. */
  readonly lostUnseen = new Set<number>();
  /** CONNECTs of this process, in a row, that no CONNACK has answered: each may have begun a session. */
  private unanswered = 0;
  private readonly lines = new Map<Network, Line>();
  private readonly sentById = new Map<number, Sent>();
  private readonly idOf = new Map<number, number>();
  /** Messages in the order in which they first came, from 1. */
  private readonly arrivals = new Map<number, number>();
  private readonly arrivedAs = new Map<number, number>();
  private storing: readonly (number | undefined)[] = [];
  private readonly releasesKept = new Set<number>();
  private readonly time: Time;
  private readonly setting: Setting;
  private readonly ledger: Ledger;

  constructor(time: Time, setting: Setting, ledger: Ledger) {
    this.time = time;
    this.setting = setting;
    this.ledger = ledger;
  }

  fail(letter: Letter, what: string): void {
    this.violation ??= { letter, what };
    this.note(`!!! (${letter}) ${what}`);
  }

  must(rule: boolean, letter: Letter, otherwise: () => string): void {
    if (!rule) this.fail(letter, otherwise());
  }

  // ---- what happened

  note(what: string, bytes?: Uint8Array): void {
    this.trace?.push(
      `${(this.time.now - 1_000_000).toFixed(3)} ${what} ${bytes ? Buffer.from(bytes.subarray(0, 100)).toString('hex') : ''}`,
    );
    let hash = Math.imul(this.hash ^ (this.time.now * 1_024), 0x0100_0193);
    for (let i = 0; i < what.length; i++) hash = Math.imul(hash ^ what.charCodeAt(i), 0x0100_0193);
    if (bytes !== undefined) for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x0100_0193);
    this.hash = hash;
    this.hash2 = (Math.imul(this.hash2, 31) + (hash >>> 7)) | 0;
  }

  touched(): void {
    this.isTouched = true;
  }

  illegal(why: string): void {
    this.fail('h', why);
  }

  wrong(why: string): void {
    this.fail('k', why);
  }

  // ---- the client writes

  sent(network: Network, packet: ClientPacket): void {
    const line = this.lineOf(network);
    const { now } = this.time;
    if (this.trace !== undefined) this.trace.push(`    > ${describe(packet)}`);
    if (packet.type === 'CONNECT') {
      this.must(line.connectAt === undefined, 'f', () => 'a second CONNECT');
      line.connectAt = line.lastSent = now;
      line.keepAlive = packet.keepAlive * 1_000;
      this.unanswered += 1;
      return;
    }
    const isLeaving = packet.type === 'DISCONNECT'; // which alone may come before the CONNACK
    this.must(line.acceptedAt !== undefined || isLeaving, 'f', () => `${packet.type} before the CONNACK`);
    this.must(!line.isDisconnected, 'f', () => `${packet.type} after DISCONNECT`);
    if (line.acceptedAt !== undefined) this.checkGap(line);
    line.lastSent = now;
    if (line.newest === 0) this.ledger.known.add(line.session);
    switch (packet.type) {
      case 'PUBLISH':
        return this.sentMessage(line, packet);
      case 'PUBREL':
        this.must(line.pubrels.shift() === packet.id, 'd', () => `PUBREL ${packet.id} is not the one whose turn it is`);
        if (this.setting.durable)
          this.must(this.releasesKept.has(packet.id), 'k', () => `PUBREL ${packet.id} was not kept`);
        return;
      case 'PUBCOMP':
        this.must(
          line.pubcomps.shift() === packet.id,
          'd',
          () => `PUBCOMP ${packet.id} is not the one whose turn it is`,
        );
        return;
      case 'PUBACK':
        return this.sentAcknowledgement(line.pubacks, packet.type, packet.id);
      case 'PUBREC':
        return this.sentAcknowledgement(line.pubrecs, packet.type, packet.id);
      case 'DISCONNECT':
        line.isDisconnected = true;
    }
  }

  private sentMessage(line: Line, { qos, id, dup, topic, retain, payload }: ClientPublish): void {
    const number = numberOf(payload) ?? 0;
    const message = this.ledger.outbound.get(number);
    const isSame = message?.size === payload.length && message.qos === qos && retain === (number % 7 === 0);
    if (!isSame || topic !== `out/${number % 3}`)
      return this.fail('h', `a message that nobody has published: ${topic}, QoS ${qos}, ${payload.length} bytes`);
    if (qos === 0) {
      this.must(!message.isSent, 'b', () => `QoS 0 message ${number} is sent twice`);
      message.isSent = true;
      return;
    }
    message.isSent = true;
    const last = line.lastNumbers[qos];
    this.must(number > last, 'c', () => `QoS ${qos} message ${number} behind ${last}`);
    line.lastNumbers[qos] = number;
    if (this.setting.durable) this.must(message.isStored, 'k', () => `message ${number} is sent before it is kept`);
    const known = this.sentById.get(id);
    const next = line.toRepeat.shift();
    if (next !== undefined) {
      this.must(
        next === number && known?.number === number,
        'c',
        () => `message ${number} under ${id} in the place of ${next}`,
      );
      this.must(dup, 'c', () => `message ${number} is sent again with DUP 0`);
      if (known !== undefined) known.session = line.session;
      return;
    }
    this.must(
      !this.idOf.has(number),
      'c',
      () => `message ${number} is sent as a new one, unacknowledged or after its PUBREC`,
    );
    this.must(
      !dup || number <= line.newest,
      'e',
      () => `message ${number} is sent for the first time in this session, with DUP 1`,
    );
    this.must(known === undefined, 'h', () => `message ${number} has the identifier of ${known?.number}, ${id}`);
    this.sentById.set(id, { number, session: line.session, isReleased: false });
    this.idOf.set(number, id);
  }

  private sentAcknowledgement(owed: [number, number][], type: 'PUBACK' | 'PUBREC', id: number): void {
    for (let next = owed.shift(); next !== undefined; next = owed.shift()) {
      const message = this.ledger.inbound.get(next[1])!;
      if (next[0] === id) {
        const mustArrive = this.ledger.mustArrive(message);
        // what no subscription wants any more is not processed
        const isProcessed = message.processed > 0 || !message.topic.startsWith('in/') || !mustArrive;
        this.must(isProcessed, 'd', () => `${type} ${id} before message ${message.number} is processed`);
        if (this.setting.durable && type === 'PUBREC' && mustArrive)
          this.must(message.isStored, 'k', () => `PUBREC ${id} before it is kept`);
        return;
      }
      const skipped = next[1];
      this.must(message.failed > 0, 'd', () => `${type} ${id} before that of message ${skipped}`);
    }
    this.fail('e', `${type} ${id} for what this connection has not brought`);
  }

  // ---- the client reads

  heard(network: Network): void {
    this.lineOf(network).lastHeard = this.time.now;
  }

  moved(network: Network): void {
    this.lineOf(network).lastMoved = this.time.now;
  }

  received(network: Network, packet: BrokerPacket): void {
    const line = this.lineOf(network);
    if (this.trace !== undefined) this.trace.push(`    < ${describe(packet)}`);
    switch (packet.type) {
      case 'CONNACK':
        this.unanswered -= 1;
        if (packet.code === 0) this.accepted(line, packet.sessionPresent, network.session);
        return;
      case 'PUBLISH': {
        const number = numberOf(packet.payload)!;
        this.arrived(line, packet, number);
        if (!packet.dup && !this.isLeaving) this.ledger.inbound.get(number)!.hasComeNew = true;
        if (packet.qos === 1) line.pubacks.push([packet.id, number]);
        if (packet.qos === 2) line.pubrecs.push([packet.id, number]);
        if (packet.qos === 2) this.arrivedAs.set(packet.id, number);
        return;
      }
      case 'PUBREL':
        return void line.pubcomps.push(packet.id);
      case 'PUBREC': {
        line.pubrels.push(packet.id);
        const sent = this.sentById.get(packet.id);
        if (sent === undefined) return;
        sent.isReleased = true;
        // they are released in the order of their PUBRECs, also when that is done again [MQTT-4.6.0-4]
        this.sentById.delete(packet.id);
        this.sentById.set(packet.id, sent);
        return;
      }
      case 'PUBACK':
      case 'PUBCOMP':
        return this.forget(packet.id);
    }
  }

  /** What the broker must keep to: DUP [MQTT-3.3.1-1], and the order of the messages of a QoS [MQTT-4.6.0-6]. */
  private arrived({ newest }: Line, { dup, qos }: ClientPublish, number: number): void {
    const isNew = !this.arrivals.has(number);
    const mayBe = dup ? newest > 0 : isNew;
    this.must(
      mayBe,
      'h',
      () => `message ${number} comes ${isNew ? 'for the first time' : 'again'} with DUP ${Number(dup)}`,
    );
    if (!isNew) return;
    this.must(number > this.newest[qos], 'd', () => `QoS ${qos} message ${number} comes behind ${this.newest[qos]}`);
    this.newest[qos] = number;
    this.arrivals.set(number, this.arrivals.size + 1);
  }
  /** The newest message of each QoS that has come. */
  private readonly newest: [number, number, number] = [0, 0, 0];

  private accepted(line: Line, sessionPresent: boolean, session: number): void {
    line.acceptedAt = this.time.now;
    line.session = session;
    const isInDoubt = !sessionPresent || this.unanswered > 0;
    this.unanswered = 0;
    for (const { number, isReleased, session: sentIn } of this.sentById.values()) {
      if (isReleased && isInDoubt) this.lostAfterPubrec.add(number);
      if (isReleased && !isInDoubt && sentIn !== session) this.lostUnseen.add(number);
    }
    if (!sessionPresent) {
      this.sentById.clear();
      this.idOf.clear();
      this.arrivedAs.clear();
      return;
    }
    line.newest = this.ledger.newest + 0.5; // not 0, also when there is none
    // the PUBREL is owed also when the session is in doubt: the broker may have the message
    for (const [id, { number, isReleased }] of this.sentById) {
      if (isReleased) line.pubrels.push(id);
      else line.toRepeat.push(number);
    }
  }

  isAcknowledged(number: number): boolean {
    return !this.idOf.has(number);
  }

  private forget(id: number): void {
    const sent = this.sentById.get(id);
    if (sent === undefined) return;
    this.sentById.delete(id);
    this.idOf.delete(sent.number);
  }

  over(network: Network): void {
    const line = this.lineOf(network);
    if (line.acceptedAt !== undefined && !line.isDisconnected) this.checkGap(line);
    this.lines.delete(network);
  }

  private checkGap({ keepAlive, lastSent, lastHeard, lastMoved, acceptedAt }: Line): void {
    const { now } = this.time;
    if (keepAlive === 0) return;
    // what is due at once at a late CONNACK may have to wait for the store: for the present write, and for its own
    const { durable, storeDelay } = this.setting;
    const first = acceptedAt! + (durable ? 2 * storeDelay : 0);
    const isInTime = now <= Math.max(lastSent + keepAlive, first) + 0.001;
    this.must(isInTime, 'i', () => `${now - lastSent} ms between two packets, keep alive ${keepAlive} ms`);
    // While what waits in front of a PINGREQ gets less, the wait for its answer begins again: once, with these latencies.
    const longest = Math.max(1.5 * keepAlive, Math.min(lastMoved - lastHeard + keepAlive, 1.75 * keepAlive));
    const isAlive = now <= lastHeard + longest + 0.001;
    this.must(isAlive, 'i', () => `nothing heard for ${now - lastHeard} ms, keep alive ${keepAlive} ms`);
  }

  private lineOf(network: Network): Line {
    let line = this.lines.get(network);
    if (line !== undefined) return line;
    line = {
      connectAt: undefined,
      keepAlive: 0,
      acceptedAt: undefined,
      lastSent: 0,
      lastHeard: this.time.now,
      lastMoved: this.time.now,
      isDisconnected: false,
      session: 0,
      newest: 0,
      lastNumbers: [0, 0, 0],
      toRepeat: [],
      pubrels: [],
      pubcomps: [],
      pubacks: [],
      pubrecs: [],
    };
    this.lines.set(network, line);
    return line;
  }

  // ---- the application

  /** A message is handed to the application. */
  delivered(number: number | undefined, topic: string, qos: number): Inbound | undefined {
    const message = this.ledger.inbound.get(number ?? 0);
    this.note(`delivered ${number}`);
    if (message === undefined || message.topic !== topic || message.qos !== qos) {
      this.fail('b', `message ${number} to ${topic}, QoS ${qos}, which nobody has sent`);
      return undefined;
    }
    message.starts += 1;
    const most = qos === 1 ? Number.POSITIVE_INFINITY : 1 + message.failed + message.excuses;
    this.must(
      message.starts <= most,
      'b',
      () => `QoS ${qos} message ${number} is delivered for the ${message.starts}. time`,
    );
    if (message.starts === 1 && topic.startsWith('in/')) {
      const place = this.arrivals.get(message.number)!;
      this.must(place > this.lastPlace, 'd', () => `message ${number} is delivered after one that came later`);
      this.lastPlace = place;
    }
    return message;
  }
  private lastPlace = 0;

  // ---- the store

  writing(changes: readonly StoreChange[]): void {
    this.storing = changes.map(([, record]) =>
      record?.type === PacketType.PUBREC ? this.arrivedAs.get(record.packetId) : undefined,
    );
  }

  written(changes: readonly StoreChange[]): void {
    this.note(`kept ${changes.length}`);
    changes.forEach(([key, record], i) => {
      const inbound = this.ledger.inbound.get(this.storing[i] ?? 0);
      if (inbound !== undefined) inbound.isStored = true;
      if (record === undefined) {
        this.releasesKept.delete(this.releaseUnder.get(key) ?? 0);
        this.releaseUnder.delete(key);
      }
      if (record?.type === PacketType.PUBREL) {
        this.releasesKept.add(record.packetId);
        this.releaseUnder.set(key, record.packetId);
      }
      const outbound = this.ledger.outbound.get(numberIn(record) ?? 0);
      if (outbound !== undefined) outbound.isStored = true;
    });
  }
  private readonly releaseUnder = new Map<string, number>();

  /** A process has ended; the next one knows only what was kept. */
  processEnded(records: ReadonlyMap<string, SessionRecord>): void {
    this.lines.clear();
    const before = new Map(this.sentById);
    this.unanswered = 0;
    this.isLeaving = false;
    this.sentById.clear();
    this.idOf.clear();
    for (const [, record] of [...records].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (record.type === PacketType.PUBREC || record.packetId === 0) continue;
      const { number: sent = 0, session = 0 } = before.get(record.packetId) ?? {};
      const number = numberIn(record) ?? sent;
      this.sentById.set(record.packetId, { number, session, isReleased: record.type === PacketType.PUBREL });
      this.idOf.set(number, record.packetId);
    }
    for (const message of this.ledger.inbound.values())
      if (message.starts > 0 && !message.isStored) message.excuses = message.starts - message.failed;
  }
}

function numberIn(record: SessionRecord | undefined): number | undefined {
  return record?.type === PacketType.PUBLISH ? numberOf(record.payload) : undefined;
}

function describe(packet: ClientPacket | BrokerPacket): string {
  const { type, ...fields } = packet;
  if (packet.type === 'PUBLISH')
    return `PUBLISH ${packet.topic} q${packet.qos} #${packet.id}${packet.dup ? ' dup' : ''}: message ${numberOf(packet.payload)}`;
  return `${type} ${Object.keys(fields).length > 0 ? JSON.stringify(fields) : ''}`;
}
