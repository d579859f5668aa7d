// 4.8 and 3.1.2.10: one connection of a client, from its first byte to its end.
import { type ConnectPacket, Decoder, type Packet } from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import type { Will } from '../codec/packets/connect.ts';
import { CONNECT, PUBLISH } from '../codec/packets/packet.ts';
import { restart } from '../connection/clock.ts';
import { connect, refusedBy } from './connect.ts';
import type { Link } from './link.ts';
import { receive } from './receive.ts';
import type { Server } from './server.ts';
import type { ServerSession } from './session.ts';

/** Milliseconds in which the CONNECT has to come (3.1.4). */
const CONNECT_TIMEOUT = 10_000;

/** Packets that may wait while `authenticate` or `authorize` takes its time. */
const MAX_WAITING = 10_000;

/** Packets on their way to the client, from which on messages wait in the session. */
const HIGH_WATER = 1_000;

/** What a peer uses of its link. */
export type PeerLink = Pick<Link, 'clientId' | 'send' | 'close'> & { readonly down: { readonly length: number } };

export class Peer {
  readonly server: Server;
  /** Until its CONNECT is accepted there is none. */
  session: ServerSession | undefined;
  connectPacket: ConnectPacket | undefined;
  /** Whether there is nobody to talk to any more. */
  isOver = false;
  private readonly link: PeerLink;
  private readonly decoder = new Decoder();
  private readonly waiting: Packet[] = [];
  private isBusy = false;
  private timer: unknown;
  private lastHeard: number;

  constructor(server: Server, link: PeerLink) {
    this.server = server;
    this.link = link;
    this.lastHeard = server.clock.now();
    this.watch(CONNECT_TIMEOUT, () => new ProtocolError('MQTT-3.1.0-1', 'no CONNECT came in 10 s'));
    this.tell('opened');
  }

  get clientId(): string | undefined {
    return this.link.clientId;
  }

  get hasRoom(): boolean {
    return !this.isOver && this.link.down.length < HIGH_WATER;
  }

  send(packet: Packet): void {
    if (!this.isOver) this.link.send(packet);
  }

  /** Bytes have come, cut anywhere [MQTT-6.0.0-2]. */
  received(chunk: Uint8Array, packet?: Packet): void {
    if (this.isOver) return;
    try {
      // The network has decoded it. Of a CONNECT it knows no password.
      if (packet && this.session && this.decoder.bufferedBytes === 0) return this.take(packet);
      this.decoder.push(chunk);
      for (let next = this.decoder.read(); next && !this.isOver; next = this.decoder.read()) this.take(next);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Packets are processed one after the other, also while an answer of `authorize` is awaited. */
  private take(packet: Packet): void {
    this.lastHeard = this.server.clock.now();
    if (!this.isBusy) this.process(packet);
    else if (this.waiting.push(packet) > MAX_WAITING) throw new Error(`${MAX_WAITING} packets wait for a hook`); // [MQTT-4.8.0-2]
  }

  private process(packet: Packet): void {
    const done = this.session ? receive(this, this.session, packet) : this.open(packet);
    if (!done) return;
    this.isBusy = true;
    done.then(() => this.goOn()).catch((error) => this.fail(error));
  }

  private goOn(): void {
    this.isBusy = false;
    while (!this.isBusy && !this.isOver && this.waiting.length > 0) this.process(this.waiting.shift()!);
  }

  private open(packet: Packet): void | Promise<void> {
    if (packet.type !== CONNECT)
      throw new ProtocolError('MQTT-3.1.0-1', `the first packet must be CONNECT, not packet type ${packet.type}`);
    this.watch(); // from here on the hook `authenticate` decides how long it takes
    return connect(this, packet);
  }

  /** The CONNECT is accepted. */
  accepted(session: ServerSession, packet: ConnectPacket, sessionPresent: boolean): void {
    this.session = session;
    this.connectPacket = packet;
    this.link.clientId = session.clientId;
    this.send({ type: 2, sessionPresent, returnCode: 0 }); // [MQTT-3.1.4-4]
    this.tell('accepted', 0);
    this.keepAlive(packet.keepAlive);
  }

  tell(state: 'opened' | 'accepted' | 'refused' | 'closed', returnCode?: number, error?: Error): void {
    this.server.events.emit('connection', { clientId: this.clientId, state, returnCode, error });
  }

  private watch(milliseconds?: number, reason?: () => Error): void {
    this.timer = restart(this.server.clock, this.timer, milliseconds, reason && (() => this.end(reason())));
  }

  /** The connection ends when nothing is heard for one and a half times the keep alive [MQTT-3.1.2-24]. */
  private keepAlive(seconds: number): void {
    if (seconds === 0) return;
    const { clock } = this.server;
    const left = this.lastHeard + seconds * 1_500 - clock.now();
    if (left <= 0)
      this.end(new ProtocolError('MQTT-3.1.2-24', `nothing came for 1.5 times the keep alive of ${seconds} s`));
    else this.timer = restart(clock, this.timer, left, () => this.keepAlive(seconds));
  }

  /** What broke may be the CONNECT: then the client may be told why. */
  private fail(error: unknown): void {
    this.end(error as Error, this.session ? undefined : refusedBy(error));
  }

  /** 3.14: the client goes, and its will is discarded [MQTT-3.14.4-3]. */
  disconnected(): void {
    this.connectPacket = undefined;
    this.end(undefined);
  }

  /**
   * The connection is over, with the reason why: a rule that the client broke [MQTT-4.8.0-1], or whatever went wrong here
   * [MQTT-4.8.0-2]. The will is published, if there still is one [MQTT-3.1.2-8].
   */
  end(error: Error | undefined, returnCode?: number): void {
    if (this.isOver) return;
    if (returnCode !== undefined) {
      this.send({ type: 2, sessionPresent: false, returnCode }); // [MQTT-3.2.2-4]
      this.tell('refused', returnCode);
    }
    this.isOver = true;
    this.watch();
    this.link.close();
    this.tell('closed', undefined, error);
    const { session, connectPacket } = this;
    this.connectPacket = undefined;
    if (!session) return;
    session.peer = undefined;
    if (session.cleanSession) this.server.endSession(session); // [MQTT-3.1.2-6]
    if (connectPacket?.will) void publishWill(this.server, session.clientId, connectPacket.will);
  }
}

/** Publishes a will, at once unless `authorize` takes its time. When that fails, nobody is left to be told. */
async function publishWill(server: Server, clientId: string, will: Will): Promise<void> {
  try {
    await server.publishFor(clientId, { type: PUBLISH, dup: false, packetId: 0, ...will });
  } catch {
    // the will is not published
  }
}
