// A connection between a client and the broker: a lane for each direction, and its end.
import { encode, type Packet } from '../codec/codec.ts';
import { CONNECT } from '../codec/packets/packet.ts';
import { NOTHING } from '../codec/read.ts';
import type { Clock } from '../connection/clock.ts';
import type { SocketLike } from './accept.ts';
import { Cutter } from './cutter.ts';
import type { Listeners } from './events.ts';
import { Lane } from './lane.ts';
import type { MemoryNetwork } from './network.ts';
import type { Peer } from './peer.ts';

/** Bytes in a socket, from which on packets wait for the client to read. */
const MAX_BUFFERED = 1_000_000;

/** Where the bytes for the client go. */
export interface ClientEnd {
  readonly socket?: SocketLike;
  received(bytes: Uint8Array): void;
  drained?(): void;
  /** The connection is over; with a cause, it was cut. */
  closed(cause?: Error): void;
}

export class Link {
  /** Undefined before the CONNECT. */
  clientId: string | undefined;
  isOver = false;
  peer!: Peer;
  readonly network: MemoryNetwork;
  readonly clock: Clock;
  readonly events: Listeners;
  readonly up: Lane;
  readonly down: Lane;
  private readonly cutter = new Cutter();
  private client: ClientEnd | undefined; // until it knows that the connection is over, or does not care

  constructor(network: MemoryNetwork, clock: Clock, events: Listeners, client: ClientEnd) {
    this.network = network;
    this.clock = clock;
    this.events = events;
    this.client = client;
    this.up = new Lane(this, 'up');
    this.down = new Lane(this, 'down');
  }

  /** The client has sent bytes. */
  write(bytes: Uint8Array): void {
    if (this.isOver || bytes.length === 0) return;
    for (const { bytes: piece, packet } of this.cutter.cut(bytes)) {
      if (packet?.type !== CONNECT) this.up.send(piece, packet);
      else {
        this.clientId ??= packet.clientId || undefined;
        this.up.send(piece, packet.password ? { ...packet, password: NOTHING } : packet);
      }
    }
  }

  /** The client goes, behind what it has sent. */
  leave(): void {
    if (!this.isOver) this.up.end();
  }

  /** The client is gone, and hears nothing more. */
  abandon(): void {
    this.client = undefined;
    this.leave();
    this.forget();
  }

  /** The broker sends. */
  send(packet: Packet): void {
    if (!this.isOver) this.down.send(encode(packet), packet);
  }

  /** The broker goes, behind what it has sent. */
  close(): void {
    if (!this.isOver) this.down.end();
    this.forget();
  }

  /** Cuts the connection: both are told, in a later turn. */
  cut(): void {
    const cause = new Error('the network cut the connection');
    const { client } = this;
    this.finish();
    void Promise.resolve().then(() => {
      this.peer.end(cause);
      client?.closed(cause);
    });
  }

  /** Whether the client reads too slowly. The end of a connection does not wait for it. */
  isFull(lane: Lane): boolean {
    return lane === this.down && !this.peer.isOver && (this.client?.socket?.bufferedAmount ?? 0) > MAX_BUFFERED;
  }

  /** @param packet what the bytes are, if they are all of it */
  arrived(lane: Lane, bytes: Uint8Array, packet?: Packet): void {
    if (lane === this.up) this.peer.received(bytes, packet);
    else this.client?.received(bytes);
  }

  /** The end of one side has arrived at the other. */
  ended(lane: Lane): void {
    const { client } = this;
    this.finish();
    if (lane === this.up) this.peer.end(undefined);
    client?.closed();
  }

  drained(lane: Lane): void {
    if (lane === this.down) this.peer.session?.pump();
    else if (lane.length === 0) this.client?.drained?.();
  }

  private finish(): void {
    this.isOver = true;
    this.client = undefined;
    this.up.clear();
    this.down.clear();
    this.forget();
  }

  /** When both sides are gone, nothing is left to be carried. */
  private forget(): void {
    if (this.isOver || (this.client === undefined && this.peer.isOver)) this.network.links.delete(this);
  }
}
