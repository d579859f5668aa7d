// One connection, from its opening to its end: bytes and packets, frames, keep-alive.

import { type ConnectPacket, Decoder, disconnect, type Packet, pingreq } from '../codec/codec.ts';
import { measure, write } from '../codec/encoder.ts';
import { ProtocolError } from '../codec/error.ts';
import { sizeOf } from '../codec/fixed-header.ts';
import { CONNACK } from '../codec/packets/packet.ts';
import { type Clock, restart } from './clock.ts';
import { ConnectionLostError } from './error.ts';
import { createKeepAlive, type KeepAlive } from './keep-alive.ts';
import type { Transport, TransportFactory } from './transport.ts';

export interface LinkOptions {
  readonly url: string;
  readonly transport?: TransportFactory | undefined;
  readonly maxPacketSize?: number | undefined;
  /** Packets that are written in one turn leave in one frame of up to so many bytes [MQTT-6.0.0-2]. */
  readonly maxFrameSize?: number | undefined;
}

/** What a link tells its client, and asks of it. */
export interface LinkEvents {
  received(packet: Packet): void;
  sent(packet: Packet): void;
  /** The last, and it comes once. */
  ended(error: Error): void;
  /** Calls back when all is kept that must outlive the process before anything else may be sent. */
  whenKept(callback: () => void): void;
}

/** With more than this waiting in the socket, in bytes, a QoS 0 publish waits too. */
const HIGH_WATER = 65_536;

/** How often a socket that does not report is asked whether it has drained, in milliseconds. */
const DRAIN_POLL = 20;

// a link's states, in their order
const OPENING = 0;
const OPEN = 1;
const ANSWERED = 2; // by what must be CONNACK
const ACCEPTED = 3; // from now on it is kept alive
const CLOSING = 4; // nothing is sent any more, and nothing taken
const ENDED = 5;

/** A class and not closures: each of a thousand links has its state, and nothing else (measured). */
export class Link {
  private readonly clock: Clock;
  private readonly events: LinkEvents;
  private readonly maxFrameSize: number;
  private readonly decoder: Decoder;
  private readonly transport: Transport;
  private state = OPENING;
  private held: Uint8Array[] | undefined; // chunks that nobody may see yet; undefined: whoever waited has come
  private readonly keepAlive: KeepAlive;
  private keepAliveTimer: unknown;
  private packets: Packet[] = []; // of this turn, at the end of which they leave
  private lengths: number[] = []; // their Remaining Lengths
  private unsent = 0; // turns whose packets have not left
  private drainTimer: unknown;
  private whenTaken: Promise<void> | undefined; // while there is a taker
  private taker: { resolve(): void; reject(error: Error): void } | undefined;

  /** Opens a connection, and begins it with this packet. Throws what the transport throws, when it cannot even try. */
  constructor(options: LinkOptions, connect: ConnectPacket, clock: Clock, events: LinkEvents) {
    const { url, transport, maxPacketSize, maxFrameSize = 16_384 } = options;
    if (transport === undefined) throw new TypeError('options.transport is required');
    this.clock = clock;
    this.events = events;
    this.maxFrameSize = maxFrameSize;
    this.decoder = new Decoder({ maxPacketSize });
    this.keepAlive = createKeepAlive(connect.keepAlive, clock.now());
    this.transport = transport(url, {
      opened: () => {
        if (this.state !== OPENING) return;
        this.state = OPEN;
        this.send(connect);
      },
      received: (chunk) => this.received(chunk),
      drained: () => this.releaseTaker(),
      closed: (cause, code) => this.end(cause instanceof ProtocolError ? cause : this.lost(cause, code)),
    });
  }

  // ---- what comes in

  private received(chunk: Uint8Array): void {
    if (this.state >= CLOSING || chunk.length === 0) return;
    // judged by its first byte: garbage may look like the beginning of something long
    if (this.state < ANSWERED) {
      if (chunk[0]! >> 4 !== CONNACK)
        return this.fail(new ProtocolError('MQTT-3.2.0-1', 'the first packet from a broker must be CONNACK'));
      this.state = ANSWERED;
    }
    this.keepAlive.received(this.clock.now());
    this.checkIfDue();
    if (this.held) this.held.push(chunk);
    else this.read(chunk);
  }

  private read(chunk?: Uint8Array): void {
    try {
      if (chunk) this.decoder.push(chunk);
      while (!this.held && this.state < CLOSING) {
        const packet = this.decoder.read();
        if (!packet) return;
        this.events.received(packet);
      }
    } catch (error) {
      this.fail(error as Error); // [MQTT-4.8.0-1]
    }
  }

  /** Gives no packet out before the timers have run: whoever waits for the CONNACK comes first. */
  hold(): void {
    const held: Uint8Array[] = [];
    this.held = held;
    this.clock.setTimeout(() => {
      this.held = undefined;
      this.read();
      for (const chunk of held) this.received(chunk);
    }, 0);
  }

  // ---- what goes out

  /** Sends a packet with the others of this turn, in one frame. Throws ProtocolError or TypeError: nothing is sent. */
  send(packet: Packet): void {
    if (this.state >= CLOSING) return;
    this.lengths.push(measure(packet.type, packet));
    if (this.packets.push(packet) > 1) return;
    this.unsent += 1;
    void Promise.resolve().then(() => this.flush());
  }

  // never called while the session is at work: what a listener does cannot come in between
  private flush(): void {
    const { packets, lengths, maxFrameSize } = this;
    if (packets.length === 0) return;
    this.packets = [];
    this.lengths = [];
    const frames: Uint8Array[] = [];
    for (let first = 0, next = 0; next < packets.length; first = next) {
      let size = 0;
      do size += sizeOf(lengths[next++]!);
      while (size + sizeOf(lengths[next]!) <= maxFrameSize); // false behind the last
      const frame = new Uint8Array(size);
      let offset = 0;
      for (let i = first; i < next; i++) {
        const packet = packets[i]!;
        offset = write(packet.type, packet, lengths[i]!, frame, offset);
      }
      frames.push(frame);
    }
    this.events.whenKept(() => {
      if (this.state === ENDED) return;
      try {
        for (const frame of frames) this.transport.send(frame);
      } catch (error) {
        return this.fail(this.lost(error));
      }
      this.unsent -= 1;
      this.keepAlive.sent(this.clock.now());
      for (const packet of packets) this.events.sent(packet);
      this.checkIfDue();
      this.releaseTaker();
    });
  }

  /** Resolves when what was sent so far is in the socket, and the socket is not overfull: one promise for all of it. */
  taken(): Promise<void> {
    this.whenTaken ??= new Promise((resolve, reject) => {
      this.taker = { resolve, reject };
    });
    return this.whenTaken;
  }

  private releaseTaker(): void {
    const { taker, transport } = this;
    if (!taker || this.unsent > 0) return;
    if ((transport.bufferedAmount?.() ?? 0) <= HIGH_WATER) {
      this.taker = this.whenTaken = undefined;
      taker.resolve();
    } else if (!transport.reportsDrained)
      this.drainTimer = restart(this.clock, this.drainTimer, DRAIN_POLL, () => this.releaseTaker());
  }

  private rejectTaker(error: Error): void {
    const { taker } = this;
    this.taker = this.whenTaken = undefined;
    taker?.reject(error);
  }

  // ---- keep-alive

  /** The broker has accepted: from now on the connection is kept alive, counted from the CONNECT [MQTT-3.1.2-23]. */
  accepted(): void {
    this.state = ACCEPTED;
    this.armKeepAlive();
  }

  /** Asks at once whether the peer is still there. */
  probe(): void {
    const { keepAlive, clock } = this;
    if (keepAlive.isDue(clock.now())) return this.checkKeepAlive();
    keepAlive.probe(clock.now());
    this.send(pingreq());
    this.armKeepAlive();
  }

  // no timer is touched by traffic; what became due while nobody looked is done now
  private checkIfDue(): void {
    if (this.state === ACCEPTED && this.keepAlive.isDue(this.clock.now())) this.checkKeepAlive();
  }

  private checkKeepAlive(): void {
    const verdict = this.keepAlive.poll(this.clock.now());
    if (verdict === 'dead')
      return this.fail(new ConnectionLostError('keep-alive-timeout', 'the broker did not answer a PINGREQ in time'));
    if (verdict === 'ping') this.send(pingreq());
    this.armKeepAlive();
  }

  // one timer, for the next deadline: when it has moved meanwhile, the timer is set again
  private armKeepAlive(): void {
    const { clock, keepAlive } = this;
    const delay = keepAlive.deadline - clock.now();
    this.keepAliveTimer = restart(clock, this.keepAliveTimer, delay, () => this.checkKeepAlive());
  }

  // ---- the end

  private lost(cause: unknown, code?: number): ConnectionLostError {
    const isOpening = this.state === OPENING;
    const message = isOpening ? 'the WebSocket could not be opened' : 'the connection was closed';
    const details = [message, code && `code ${code}`, (cause as Error)?.message ?? cause].filter(Boolean).join(', ');
    return new ConnectionLostError(isOpening ? 'unreachable' : 'closed', details, code, cause);
  }

  private stopTimers(): void {
    this.clock.clearTimeout(this.keepAliveTimer);
    this.clock.clearTimeout(this.drainTimer);
  }

  private end(error: Error): void {
    if (this.state === ENDED) return;
    this.state = ENDED;
    this.stopTimers();
    this.rejectTaker(error);
    this.events.ended(error);
  }

  /** Sends what is left and DISCONNECT, closes, and sends nothing more [MQTT-3.14.4-1, MQTT-3.14.4-2]. */
  close(error: Error): void {
    this.send(disconnect());
    this.state = CLOSING; // before the flush, which may find that a PINGREQ is due
    this.flush();
    this.stopTimers();
    this.events.whenKept(() => {
      this.rejectTaker(error);
      this.transport.close();
    });
  }

  /** Ends the connection at once, with this error. */
  fail(error: Error): void {
    this.end(error); // before the transport can tell of an end: this is the reason
    if (this.transport.abort) this.transport.abort();
    else this.transport.close();
  }
}
