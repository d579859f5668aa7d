// One connection, from its opening to its end: packets in frames, keep-alive, and one way to end.
import { Decoder, disconnect, type Packet, pingreq } from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import { CONNACK } from '../codec/packets/packet.ts';
import { type Clock, restart } from './clock.ts';
import { ConnectionLostError } from './error.ts';
import { Frames } from './frames.ts';
import { createKeepAlive, type KeepAlive } from './keep-alive.ts';
import type { Transport, TransportEvents } from './transport.ts';

export interface ConnectionOptions {
  /** Milliseconds to wait for a sign of life after a PINGREQ. */
  readonly pingTimeout?: number | undefined;
  /** Bytes of an inbound packet. */
  readonly maxPacketSize?: number | undefined;
  /** Bytes of a frame that holds several packets of one turn [MQTT-6.0.0-2]. */
  readonly maxFrameSize?: number | undefined;
}

/** The client of a connection: what it brings along, and what it is told and asked. */
export interface ConnectionOwner {
  readonly options: ConnectionOptions;
  readonly clock: Clock;
  /** It is told of a packet that the decoder refuses, since that may answer one of its requests. */
  readonly session: { refused(packet: Packet, error: Error): void };
  sent(packet: Packet): void;
  /** The first packet is a CONNACK. An error that this throws ends the connection [MQTT-4.8.0-1]. */
  received(packet: Packet): void;
  /** The connection is over. This comes once, and nothing comes after it. */
  ended(error: Error, connection: Connection): void;
  /** Calls back when all is kept that must outlive the process before anything else may be sent. */
  whenKept(callback: () => void): void;
}

/** With more than this waiting in the socket, in bytes, a QoS 0 publish waits too. */
const HIGH_WATER = 65_536;

/** Return codes in a SUBACK: many more than the client asks for at a time, and few enough to be read in no time. */
const MAX_RETURN_CODES = 1_000;

/** Turns of promises that may lie between `connect` and what waits for it. */
const TURNS = 20;

/** Milliseconds for the peer to answer the closing of the connection. */
const CLOSE_TIMEOUT = 5_000;

/** How often a socket that does not report is asked whether it has drained, in milliseconds. */
const DRAIN_POLL = 20;

// the states of a connection, in their order
const OPENING = 0;
const OPEN = 1;
const ANSWERED = 2; // by a byte that can begin a CONNACK
const ACCEPTED = 3; // from now on the connection is kept alive
const CLOSING = 4; // DISCONNECT is the last packet to leave, and nothing is read any more
const ENDED = 5;

export class Connection implements TransportEvents {
  private readonly owner: ConnectionOwner;
  private readonly decoder: Decoder;
  private readonly keepAlive: KeepAlive;
  private readonly transport: Transport;
  private state = OPENING;
  private isHeld = false; // nobody may see a packet yet
  private readonly chunks: Uint8Array[] = []; // from `nextChunk` on, they were not read yet
  private nextChunk = 0;
  private packets: Packet[] = []; // of this turn, at the end of which they leave
  private readonly frames: Frames;
  private unsent = 0; // turns whose packets have not left
  private timer: unknown;
  private poller: unknown;
  private whenTaken: Promise<void> | undefined;
  private taker: { resolve(): void; reject(error: Error): void } | undefined; // of whenTaken

  /**
   * Opens a connection. Throws what the transport throws when it cannot even try.
   *
   * @param keepAlive seconds, as in the CONNECT
   */
  constructor(owner: ConnectionOwner, keepAlive: number, open: (events: TransportEvents) => Transport) {
    const { maxPacketSize, maxFrameSize, pingTimeout } = owner.options;
    this.owner = owner;
    this.decoder = new Decoder({ maxPacketSize, maxReturnCodes: MAX_RETURN_CODES });
    this.frames = new Frames(maxFrameSize);
    this.keepAlive = createKeepAlive(keepAlive, owner.clock.now(), pingTimeout);
    this.transport = open(this);
  }

  // ---- packets that go out

  /**
   * Sends a packet with the others of this turn, in one frame. It is written at once, so that the caller may change its
   * payload afterwards. Throws ProtocolError, TypeError or RangeError if that is impossible: nothing is sent.
   */
  send(packet: Packet): void {
    if (this.state >= CLOSING) return;
    this.frames.add(packet);
    if (this.packets.push(packet) > 1) return;
    this.unsent += 1;
    // the session is not at work then: what a listener does cannot come in between
    void Promise.resolve().then(() => this.flush());
  }

  opened(): void {
    if (this.state !== OPENING) return;
    this.state = OPEN;
    this.flush(); // the CONNECT waits
  }

  private flush(): void {
    if (this.packets.length === 0 || this.state === OPENING) return;
    const { packets } = this;
    const frames = this.frames.take();
    this.packets = [];
    this.owner.whenKept(() => {
      try {
        // the transport may find out, or tell, that the connection is over
        for (const frame of frames) if (this.state !== ENDED) this.transport.send(frame);
      } catch (error) {
        this.fail(this.lost(error));
      }
      if (this.state === ENDED) return;
      this.unsent -= 1;
      this.keepAlive.sent(this.owner.clock.now());
      for (const packet of packets) this.owner.sent(packet);
      this.checkIfDue();
      this.drained();
    });
  }

  /** Resolves when what was sent so far is in the socket, and the socket is not overfull: one promise for all of it. */
  taken(): Promise<void> {
    this.whenTaken ??= new Promise((resolve, reject) => {
      this.taker = { resolve, reject };
    });
    return this.whenTaken;
  }

  /** Whether everything is in the socket, and that is not overfull. */
  get isDrained(): boolean {
    return this.unsent === 0 && (this.transport.bufferedAmount?.() ?? 0) <= HIGH_WATER;
  }

  drained(): void {
    const { taker, transport } = this;
    if (!taker || this.unsent > 0) return;
    if (this.isDrained) {
      this.taker = this.whenTaken = undefined;
      taker.resolve();
    } else if (!transport.reportsDrained)
      this.poller = restart(this.owner.clock, this.poller, DRAIN_POLL, () => this.drained());
  }

  // ---- packets that come in

  received(chunk: Uint8Array): void {
    if (this.state >= CLOSING || chunk.length === 0) return;
    // judged by its first byte: garbage may look like the beginning of something long
    if (this.state < ANSWERED) {
      if (chunk[0]! >> 4 !== CONNACK)
        return this.fail(new ProtocolError('MQTT-3.2.0-1', 'the first packet from a broker must be CONNACK'));
      this.state = ANSWERED;
    }
    this.keepAlive.received(this.owner.clock.now());
    this.checkIfDue();
    this.chunks.push(chunk);
    this.read();
  }

  private read(): void {
    const { decoder, chunks, owner } = this;
    try {
      while (!this.isHeld && this.state < CLOSING) {
        const packet = decoder.read();
        if (packet) owner.received(packet);
        else if (this.nextChunk < chunks.length) decoder.push(chunks[this.nextChunk++]!);
        else {
          this.nextChunk = chunks.length = 0;
          return;
        }
      }
    } catch (error) {
      if (decoder.refused) owner.session.refused(decoder.refused, error as Error);
      this.fail(error as Error); // [MQTT-4.8.0-1]
    }
  }

  /**
   * Gives no packet out before those have run that wait for the promise of `connect`, also through a few functions: what
   * they subscribe to may be what comes next. It counts turns, since a timer would stand still in a test with fake ones.
   */
  async hold(): Promise<void> {
    this.isHeld = true;
    for (let i = 0; i < TURNS; i++) await undefined;
    this.isHeld = false;
    this.read();
  }

  // ---- keep-alive

  /** The broker has accepted: from now on the connection is kept alive, counted from the CONNECT [MQTT-3.1.2-23]. */
  accepted(): void {
    this.state = ACCEPTED;
    this.tick();
  }

  /** Asks at once whether the peer is still there. */
  probe(): void {
    const now = this.owner.clock.now();
    if (!this.keepAlive.isDue(now)) {
      this.keepAlive.probe(now);
      this.send(pingreq());
    }
    this.tick();
  }

  /** Traffic resets no timer, so a deadline may have passed without one. */
  private checkIfDue(): void {
    if (this.state === ACCEPTED && this.keepAlive.isDue(this.owner.clock.now())) this.tick();
  }

  /** Does what is due, and sets one timer, for the next deadline. If that moves meanwhile, the timer is set again. */
  private tick(): void {
    const { keepAlive } = this;
    const { clock } = this.owner;
    const verdict = keepAlive.poll(clock.now());
    if (verdict === 'dead')
      return this.fail(new ConnectionLostError('keep-alive-timeout', 'the broker did not answer a PINGREQ in time'));
    if (verdict === 'ping') this.send(pingreq());
    this.timer = restart(clock, this.timer, keepAlive.deadline - clock.now(), () => this.tick());
  }

  // ---- the end

  /**
   * Sends what is left and DISCONNECT, then closes [MQTT-3.14.4-1, MQTT-3.14.4-2]: also before the CONNACK, or the broker
   * would publish the will. Where nothing was sent yet, the connection ends at once.
   */
  close(error: Error): void {
    if (this.state === OPENING || this.state >= CLOSING) return this.fail(error);
    this.send(disconnect());
    this.state = CLOSING; // before the flush, which may find that a PINGREQ is due
    this.flush();
    this.owner.clock.clearTimeout(this.timer);
    this.owner.whenKept(() => {
      if (this.state === ENDED) return;
      this.stop(error);
      this.timer = restart(this.owner.clock, undefined, CLOSE_TIMEOUT, () => this.fail(error));
      try {
        this.transport.close();
      } catch {
        this.fail(error);
      }
    });
  }

  /** Ends the connection at once, with this error. */
  fail(error: Error): void {
    if (this.state === ENDED) return;
    this.end(error); // before the transport can tell of an end: this is the reason
    try {
      if (this.transport.abort) this.transport.abort();
      else this.transport.close();
    } catch {
      // it is over, whatever the transport says
    }
  }

  closed(cause?: unknown, code?: number): void {
    if (this.state !== ENDED) this.end(cause instanceof ProtocolError ? cause : this.lost(cause, code));
  }

  /** The one way to end. */
  private end(error: Error): void {
    this.state = ENDED;
    this.stop(error);
    this.owner.ended(error, this);
  }

  private stop(error: Error): void {
    const { taker } = this;
    const { clock } = this.owner;
    this.whenTaken?.catch(() => {}); // an `error` event tells too
    clock.clearTimeout(this.timer);
    clock.clearTimeout(this.poller);
    this.taker = this.whenTaken = undefined;
    taker?.reject(error);
  }

  private lost(cause: unknown, code?: number): ConnectionLostError {
    const isOpening = this.state === OPENING;
    const message = isOpening ? 'the WebSocket could not be opened' : 'the connection was closed';
    const details = [message, code && `code ${code}`, (cause as Error)?.message ?? cause].filter(Boolean).join(', ');
    return new ConnectionLostError(isOpening ? 'unreachable' : 'closed', details, code, cause);
  }
}
