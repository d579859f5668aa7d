// One connection, from its opening to its end: packets in frames, keep-alive, and one way to end.
import type { Packet } from '../codec/codec.ts';
import { PacketDecoder } from '../codec/decoder.ts';
import { ProtocolError } from '../codec/error.ts';
import { READ_FROM_SERVER } from '../codec/packets/index.ts';
import { CONNACK, DISCONNECT, PINGREQ } from '../codec/packets/packet.ts';
import { type Clock, restart } from './clock.ts';
import { ConnectionLostError } from './error.ts';
import { createKeepAlive, type KeepAlive } from './keep-alive.ts';
import { Outgoing, type OutgoingOwner } from './outgoing.ts';
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

/** Return codes in a SUBACK: many more than the client asks for at a time, and few enough to be read in no time. */
const MAX_RETURN_CODES = 1_000;

/** Turns of promises that may lie between `connect` and what waits for it. */
const TURNS = 20;

/** Milliseconds for the peer to answer the closing of the connection. */
export const CLOSE_TIMEOUT = 5_000;

// the states of a connection, in their order
const OPENING = 0;
const OPEN = 1;
const ANSWERED = 2; // by a byte that can begin a CONNACK
const ACCEPTED = 3; // from now on the connection is kept alive
const CLOSING = 4; // DISCONNECT is the last packet to leave, and nothing is read any more
const ENDED = 5;

export class Connection implements TransportEvents, OutgoingOwner {
  readonly owner: ConnectionOwner;
  readonly transport: Transport;
  readonly outgoing: Outgoing;
  private readonly decoder: PacketDecoder;
  private readonly keepAlive: KeepAlive;
  private state = OPENING;
  private isHeld = false; // nobody may see a packet yet
  private readonly chunks: Uint8Array[] = []; // from `nextChunk` on, they were not read yet
  private nextChunk = 0;
  private timer: unknown;

  /**
   * Opens a connection. Throws what the transport throws when it cannot even try.
   *
   * @param keepAlive seconds, as in the CONNECT
   */
  constructor(owner: ConnectionOwner, keepAlive: number, open: (events: TransportEvents) => Transport) {
    const { maxPacketSize, pingTimeout } = owner.options;
    this.owner = owner;
    this.decoder = new PacketDecoder(READ_FROM_SERVER, { maxPacketSize, maxReturnCodes: MAX_RETURN_CODES });
    this.outgoing = new Outgoing(this);
    this.keepAlive = createKeepAlive(keepAlive, owner.clock.now(), pingTimeout);
    this.transport = open(this);
  }

  // ---- packets that go out

  /** See `Outgoing.send`. Behind a DISCONNECT nothing is sent. */
  send(packet: Packet): void {
    if (this.state < CLOSING) this.outgoing.send(packet);
  }

  get isOpen(): boolean {
    return this.state > OPENING && this.state < ENDED;
  }

  opened(): void {
    if (this.state !== OPENING) return;
    this.state = OPEN;
    this.outgoing.flush(); // the CONNECT waits
  }

  sent(packets: readonly Packet[]): void {
    this.keepAlive.sent(this.owner.clock.now());
    for (const packet of packets) this.owner.sent(packet);
    this.checkIfDue();
  }

  drained(): void {
    this.outgoing.drained();
  }

  failed(cause: unknown): void {
    this.fail(this.lost(cause));
  }

  // ---- packets that come in

  received(chunk: Uint8Array): void {
    if (this.state >= CLOSING || chunk.length === 0) return;
    // judged by its first byte: garbage may look like the beginning of something long
    if (this.state < ANSWERED) {
      if (chunk[0]! >> 4 !== CONNACK)
        return this.fail(new ProtocolError('MQTT-3.2.0-1', 'the first packet must be CONNACK'));
      this.state = ANSWERED;
    }
    this.keepAlive.received(this.owner.clock.now());
    this.outgoing.answered();
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
      this.send({ type: PINGREQ });
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
    if (this.outgoing.hasMoved()) keepAlive.moved(clock.now());
    const verdict = keepAlive.poll(clock.now());
    if (verdict === 'dead')
      return this.fail(new ConnectionLostError('keep-alive-timeout', 'the broker did not answer a PINGREQ in time'));
    if (verdict === 'ping') this.send({ type: PINGREQ });
    this.timer = restart(clock, this.timer, keepAlive.deadline - clock.now(), () => this.tick());
  }

  // ---- the end

  /**
   * Sends what is left and DISCONNECT, then closes [MQTT-3.14.4-1, MQTT-3.14.4-2]: also before the CONNACK, or the broker
   * would publish the will. Where nothing was sent yet, the connection ends at once.
   */
  close(error: Error): void {
    if (this.state === OPENING || this.state >= CLOSING) return this.fail(error);
    this.outgoing.hurry();
    this.send({ type: DISCONNECT });
    this.state = CLOSING; // before the flush, which may find that a PINGREQ is due
    this.outgoing.flush();
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
    this.owner.clock.clearTimeout(this.timer);
    this.outgoing.stop(error);
  }

  private lost(cause: unknown, code?: number): ConnectionLostError {
    const isOpening = this.state === OPENING;
    const message = isOpening ? 'the WebSocket could not be opened' : 'the connection was closed';
    const details = [message, code && `code ${code}`, (cause as Error)?.message ?? cause].filter(Boolean).join(', ');
    return new ConnectionLostError(isOpening ? 'unreachable' : 'closed', details, code, cause);
  }
}
