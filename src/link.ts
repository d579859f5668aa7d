// One connection, from its opening to its end: bytes and packets, frames, keep-alive.
import type { Clock } from './clock.ts';
import { Decoder, encode, type Packet, PacketType, pingreq } from './codec.ts';
import { ConnectionLostError, ProtocolError } from './errors.ts';
import { KeepAlive } from './keep-alive.ts';
import type { Transport, TransportFactory } from './transport.ts';

export interface LinkOptions {
  readonly url: string;
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly maxPacketSize: number | undefined;
  /** Packets that are written in one turn leave in one frame of up to so many bytes [MQTT-6.0.0-2]. */
  readonly maxFrameSize: number | undefined;
  /** Resolves when what was sent so far may leave, since all that must outlive the process is kept; undefined: now. */
  readonly kept: () => Promise<void> | undefined;
}

/** What a link tells its client. `ended` is the last, and comes exactly once unless the client ended the link. */
export interface LinkEvents {
  opened(): void;
  received(packet: Packet): void;
  sent(packet: Packet): void;
  ended(error: Error): void;
}

/** With more than this waiting in the socket, in bytes, a QoS 0 publish waits too. */
const HIGH_WATER = 65_536;

/** How often a socket that does not report is asked whether it has drained, in milliseconds. */
const DRAIN_POLL = 20;

interface Outbound {
  readonly packet: Packet;
  readonly bytes: Uint8Array;
}

interface Taker {
  resolve(): void;
  reject(error: Error): void;
}

export class Link {
  private readonly clock: Clock;
  private readonly events: LinkEvents;
  private readonly kept: LinkOptions['kept'];
  private readonly maxFrameSize: number;
  private readonly transport: Transport;
  private readonly decoder: Decoder;
  private keepAlive: KeepAlive | undefined; // from the CONNACK on
  private keepAliveTimer: unknown;
  private lastSent = 0; // by the clock
  private drainTimer: unknown;
  private outbound: Outbound[] = []; // leaves at the end of this turn
  private held: Packet[] | undefined; // undefined: what comes in is given out at once
  private holdTimer: unknown;
  private takers: Taker[] = [];
  private waiting: Promise<void> | undefined; // of frames, for what has to be kept before they leave
  private isOpen = false;
  private isOver = false; // nothing is sent any more, and nothing taken
  private hasEnded = false;

  /** Throws what the transport throws, when it cannot even try. */
  constructor(options: LinkOptions, events: LinkEvents) {
    const { url, transport, clock, maxPacketSize, maxFrameSize = 16_384, kept } = options;
    this.maxFrameSize = maxFrameSize;
    this.clock = clock;
    this.kept = kept;
    this.events = events;
    this.decoder = new Decoder({ maxPacketSize });
    this.transport = transport(url, {
      opened: () => this.opened(),
      received: (chunk) => this.received(chunk),
      drained: () => this.releaseTakers(),
      closed: (cause, code) => this.closed(cause, code),
    });
  }

  /** Sends a packet with the others of this turn, in one frame. Throws ProtocolError or TypeError: nothing is sent. */
  send(packet: Packet): void {
    if (this.isOver) return;
    const bytes = encode(packet);
    if (this.outbound.length === 0) void Promise.resolve().then(() => this.flush());
    this.outbound.push({ packet, bytes });
  }

  /** Gives no packet out before the timers have run: whoever waits for the CONNACK comes first. */
  hold(): void {
    const held: Packet[] = [];
    this.held = held;
    this.holdTimer = this.clock.setTimeout(() => this.release(held), 0);
  }

  /** Calls back when what was sent so far is in the socket, and the socket is not overfull. */
  whenTaken(resolve: () => void, reject: (error: Error) => void): void {
    this.takers.push({ resolve, reject });
  }

  /** The broker has accepted: from now on the connection is kept alive. `keepAlive` in seconds, 0: off. */
  startKeepAlive(keepAlive: number): void {
    this.keepAlive = new KeepAlive(keepAlive, this.clock.now());
    this.keepAlive.sent(this.lastSent); // the CONNECT: however long its answer took [MQTT-3.1.2-23]
    this.armKeepAlive(this.keepAlive);
  }

  /** Asks at once whether the peer is still there. */
  probe(): void {
    const keepAlive = this.keepAlive;
    const now = this.clock.now();
    if (keepAlive === undefined) return;
    if (keepAlive.isDue(now)) return this.checkKeepAlive(keepAlive);
    keepAlive.probe(now);
    this.send(pingreq());
    this.armKeepAlive(keepAlive);
  }

  /** Sends what is left, closes in good order, and sends nothing more [MQTT-3.14.4-1, MQTT-3.14.4-2]. */
  close(error: Error): void {
    this.flush();
    this.stop();
    const close = () => {
      this.rejectTakers(error);
      this.transport.close();
    };
    if (this.waiting === undefined) close();
    else void this.waiting.then(close);
  }

  /** Ends the connection at once, with this error. */
  fail(error: Error): void {
    this.stop();
    this.end(error); // before the transport can tell of an end: this is the reason
    if (this.transport.abort) this.transport.abort();
    else this.transport.close();
  }

  private opened(): void {
    if (this.isOver) return;
    this.isOpen = true;
    this.events.opened();
  }

  private received(chunk: Uint8Array): void {
    if (this.isOver) return;
    // judged by its first byte: garbage may look like the beginning of something long
    const isFirst = this.keepAlive === undefined && this.decoder.bufferedBytes === 0 && chunk.length > 0;
    if (isFirst && chunk[0]! >> 4 !== PacketType.CONNACK)
      return this.fail(new ProtocolError('MQTT-3.2.0-1', 'the first packet from a broker must be CONNACK'));
    this.noteTraffic('received');
    this.decoder.push(chunk);
    this.giveOut(() => this.decoder.read());
  }

  private giveOut(next: () => Packet | undefined): void {
    try {
      for (let packet = next(); packet !== undefined && !this.isOver; packet = next()) {
        if (this.held === undefined) this.events.received(packet);
        else this.held.push(packet);
      }
    } catch (error) {
      this.fail(error as Error); // [MQTT-4.8.0-1]
    }
  }

  private release(held: Packet[]): void {
    this.held = undefined;
    this.giveOut(() => held.shift());
  }

  private closed(cause: unknown, code: number | undefined): void {
    this.stop();
    this.end(cause instanceof ProtocolError ? cause : this.lost(cause, code));
  }

  private lost(cause: unknown, code: number | undefined): ConnectionLostError {
    const details = [code && `code ${code}`, cause instanceof Error ? cause.message : cause].filter(Boolean).join(', ');
    const message = this.isOpen ? 'the connection was closed' : 'the WebSocket could not be opened';
    return new ConnectionLostError(
      this.isOpen ? 'closed' : 'unreachable',
      details ? `${message}: ${details}` : message,
      {
        code,
        cause,
      },
    );
  }

  private stop(): void {
    this.isOver = true;
    this.outbound = [];
    this.clock.clearTimeout(this.keepAliveTimer);
    this.clock.clearTimeout(this.drainTimer);
    this.clock.clearTimeout(this.holdTimer);
  }

  private end(error: Error): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.rejectTakers(error);
    this.events.ended(error);
  }

  // never called while the session is at work: what a listener does cannot come in between
  private flush(): void {
    const outbound = this.outbound;
    if (outbound.length === 0) return;
    this.outbound = [];
    const kept = this.kept();
    if (kept === undefined && this.waiting === undefined) return this.transmit(outbound);
    const waiting = Promise.all([kept, this.waiting]).then(() => {
      if (this.waiting === waiting) this.waiting = undefined;
      this.transmit(outbound);
    });
    this.waiting = waiting;
  }

  private transmit(outbound: readonly Outbound[]): void {
    if (this.hasEnded) return;
    try {
      for (const frame of framesOf(outbound, this.maxFrameSize)) this.transport.send(frame);
    } catch (error) {
      return this.fail(this.lost(error, undefined));
    }
    this.lastSent = this.clock.now();
    for (const { packet } of outbound) this.events.sent(packet);
    this.noteTraffic('sent');
    this.releaseTakers();
  }

  // no timer is touched; what became due while nobody looked is done now
  private noteTraffic(direction: 'sent' | 'received'): void {
    if (this.keepAlive === undefined || this.isOver) return;
    const now = this.clock.now();
    this.keepAlive[direction](now);
    if (this.keepAlive.isDue(now)) this.checkKeepAlive(this.keepAlive);
  }

  private releaseTakers(): void {
    if (this.takers.length === 0 || this.outbound.length > 0 || this.waiting !== undefined) return;
    if ((this.transport.bufferedAmount?.() ?? 0) <= HIGH_WATER) {
      for (const { resolve } of this.takers.splice(0)) resolve();
    } else if (!this.transport.reportsDrained) {
      this.clock.clearTimeout(this.drainTimer);
      this.drainTimer = this.clock.setTimeout(() => this.releaseTakers(), DRAIN_POLL);
    }
  }

  private rejectTakers(error: Error): void {
    for (const { reject } of this.takers.splice(0)) reject(error);
  }

  // one timer, for the next deadline: when it has moved meanwhile, the timer is set again
  private armKeepAlive(keepAlive: KeepAlive): void {
    this.clock.clearTimeout(this.keepAliveTimer);
    const delay = keepAlive.deadline - this.clock.now();
    if (delay < Number.POSITIVE_INFINITY)
      this.keepAliveTimer = this.clock.setTimeout(() => this.checkKeepAlive(keepAlive), Math.max(delay, 0));
  }

  private checkKeepAlive(keepAlive: KeepAlive): void {
    const verdict = keepAlive.poll(this.clock.now());
    if (verdict === 'dead')
      return this.fail(new ConnectionLostError('keep-alive-timeout', 'the broker did not answer a PINGREQ in time'));
    if (verdict === 'ping') this.send(pingreq());
    this.armKeepAlive(keepAlive);
  }
}

/** Joins packets to frames of at most `size` bytes; a larger packet has a frame of its own. */
function framesOf(outbound: readonly Outbound[], size: number): Uint8Array[] {
  const frames: Uint8Array[][] = [];
  let room = 0;
  for (const { bytes } of outbound) {
    if (bytes.length > room) {
      frames.push([]);
      room = size;
    }
    frames[frames.length - 1]!.push(bytes);
    room -= bytes.length;
  }
  return frames.map((parts) => (parts.length === 1 && isTight(parts[0]!) ? parts[0]! : concat(parts)));
}

// what `encode` returns may be part of a larger buffer, and there are sockets that send whole buffers
function isTight(bytes: Uint8Array): boolean {
  return bytes.length === bytes.buffer.byteLength;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
