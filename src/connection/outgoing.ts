// What goes out on a connection: packets in frames, frames in the socket, and how far they have come.
import type { Packet } from '../codec/codec.ts';
import { PINGREQ } from '../codec/packets/packet.ts';
import { restart } from './clock.ts';
import type { ConnectionOwner } from './connection.ts';
import { Frames } from './frames.ts';
import type { Transport } from './transport.ts';

/** With more than this waiting in the socket, in bytes, a QoS 0 publish waits too. */
const HIGH_WATER = 65_536;

/** How often a socket that does not report is asked whether it has drained, in milliseconds. */
const DRAIN_POLL = 20;

/** Bytes of the largest fixed header (2.2.3). */
const LARGEST_HEADER = 5;

/** The connection: what its outgoing half asks of it, and tells it. */
export interface OutgoingOwner {
  readonly owner: ConnectionOwner;
  readonly transport: Transport;
  /** Whether packets may leave. */
  readonly isOpen: boolean;
  /** These packets have left. */
  sent(packets: readonly Packet[]): void;
  /** The transport cannot send. */
  failed(cause: unknown): void;
}

export class Outgoing {
  /** When bytes were given to the transport for the last time, in milliseconds. */
  writtenAt = 0;
  private readonly connection: OutgoingOwner;
  private readonly frames: Frames;
  private packets: Packet[] = []; // of this turn, at the end of which they leave
  private unsent = 0; // turns whose packets have not left
  private pause = 0; // milliseconds between the pieces of the packet that follows
  private pieces: number | undefined; // that have not left, of a packet in pieces
  private release: (() => void) | undefined; // sends the next piece
  private releaseTimer: unknown;
  private poller: unknown;
  private whenTaken: Promise<void> | undefined;
  private taker: { resolve(): void; reject(error: Error): void } | undefined; // of whenTaken
  private written = 0; // bytes given to the transport
  private pingEnd: number | undefined; // of them, up to the first PINGREQ that is not answered
  // at the last look of keep-alive:
  private waiting = 0; // bytes in the socket
  private left = 0; // bytes that had left it
  private moved = 0; // what `bytesMoved` said

  constructor(connection: OutgoingOwner) {
    this.connection = connection;
    this.frames = new Frames(connection.owner.options.maxFrameSize);
  }

  /**
   * Sends a packet with the others of this turn, in one frame. It is written at once, so that the caller may change its
   * payload afterwards. Throws ProtocolError, TypeError or RangeError if that is impossible: nothing is sent.
   */
  send(packet: Packet): void {
    this.frames.add(packet);
    if (this.packets.push(packet) > 1) return;
    this.unsent += 1;
    // the session is not at work then: what a listener does cannot come in between
    void Promise.resolve().then(() => this.flush());
  }

  flush(): void {
    const { packets, pause, connection } = this;
    if (packets.length === 0 || !connection.isOpen || this.release) return;
    const frames = this.frames.take();
    this.packets = [];
    if (pause > 0) this.release = () => {}; // nothing overtakes them
    connection.owner.whenKept(() => {
      if (pause > 0) this.writeSlowly(frames.pop()!, packets);
      else this.write(frames, packets);
    });
  }

  /** Gives frames to the transport, with which these packets have left. */
  private write(frames: readonly Uint8Array[], packets: readonly Packet[]): void {
    const { connection } = this;
    try {
      for (const frame of frames) {
        if (!connection.isOpen) return; // the transport may find out, or tell, that the connection is over
        this.written += frame.length;
        this.writtenAt = connection.owner.clock.now();
        connection.transport.send(frame);
      }
    } catch (error) {
      connection.failed(error);
    }
    if (!connection.isOpen || packets.length === 0) return;
    if (packets.some(({ type }) => type === PINGREQ)) this.pingEnd ??= this.written;
    this.unsent -= 1;
    connection.sent(packets);
    this.drained();
  }

  // ---- one packet in pieces

  /** Sends the packet that follows in pieces, with pauses of this many milliseconds, and nothing between. */
  sendSlowly(milliseconds: number): void {
    this.flush();
    this.pause = milliseconds;
  }

  /** Gives a frame to the transport: a fixed header, all but the last byte, and that. A pause comes before each. */
  private writeSlowly(frame: Uint8Array, packets: readonly Packet[]): void {
    const { pause } = this;
    const { clock } = this.connection.owner;
    const { length } = frame;
    const ends = [Math.min(LARGEST_HEADER, length - 1), length - 1, length];
    let start = 0;
    const wait = () => {
      this.pieces = ends.length;
      this.releaseTimer = clock.setTimeout(() => this.release?.(), pause);
    };
    this.pause = 0;
    this.release = () => {
      const end = ends.shift()!;
      const isFirst = start === 0;
      if (end > start) this.write([new Uint8Array(frame.subarray(start, end))], isFirst ? packets : []);
      start = end;
      if (end < length) return wait();
      this.pieces = 0;
      this.release = undefined;
      this.flush();
    };
    wait();
  }

  /** Sends the pieces that are left, without a pause. */
  hurry(): void {
    while (this.release && this.pieces) this.release();
  }

  /** Whether the end of the connection may be an answer to the packet: to its fixed header, or to the whole of it. */
  get isAnswerable(): boolean {
    const { pieces } = this;
    return pieces === undefined || pieces === 2 || (pieces === 0 && this.bufferedAmount === 0);
  }

  // ---- how far they have come

  private get bufferedAmount(): number {
    return this.connection.transport.bufferedAmount?.() ?? 0;
  }

  /** Whether bytes have arrived since the last look, or have left of those that waited then in front of the PINGREQ. */
  hasMoved(): boolean {
    const { waiting, left, moved } = this;
    this.waiting = this.bufferedAmount;
    this.left = this.written - this.waiting;
    this.moved = this.connection.transport.bytesMoved?.() ?? 0;
    return (waiting > 0 && Math.min(this.left, this.pingEnd ?? this.left) > left) || this.moved > moved;
  }

  /** The peer is alive: no PINGREQ waits for its answer. */
  answered(): void {
    this.pingEnd = undefined;
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
    return this.unsent === 0 && this.bufferedAmount <= HIGH_WATER;
  }

  drained(): void {
    const { taker, connection } = this;
    if (!taker || this.unsent > 0) return;
    if (this.isDrained) {
      this.taker = this.whenTaken = undefined;
      taker.resolve();
    } else if (!connection.transport.reportsDrained)
      this.poller = restart(connection.owner.clock, this.poller, DRAIN_POLL, () => this.drained());
  }

  stop(error: Error): void {
    const { taker } = this;
    const { clock } = this.connection.owner;
    this.whenTaken?.catch(() => {}); // an `error` event tells too
    clock.clearTimeout(this.poller);
    clock.clearTimeout(this.releaseTimer);
    this.taker = this.whenTaken = undefined;
    taker?.reject(error);
  }
}
