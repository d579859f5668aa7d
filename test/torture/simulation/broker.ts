// The broker of mqtt311/testing, as awkward as the standard lets a broker be: it is slow, restarts, refuses and forgets.
import { connect, encode, type Packet, PacketType } from '../../../src/codec/codec.ts';
import { Listeners } from '../../../src/testing/events.ts';
import { Peer } from '../../../src/testing/peer.ts';
import { Server } from '../../../src/testing/server.ts';
import type { ServerSession } from '../../../src/testing/session.ts';
import { type Ledger, numberOf, payloadOf } from './ledger.ts';
import type { Network } from './network.ts';
import type { Action, Setting } from './plan.ts';
import { ProcessClock, type Time } from './time.ts';
import type { ClientPacket, ClientPublish, QoS } from './wire.ts';

export const CLIENT_ID = 'c';

const { CONNACK, PUBLISH, PUBACK, PUBREC, PUBCOMP } = PacketType;

/** What the simulation knows of the session, and the broker does not. */
class Watched {
  /** 0: there is no session. */
  readonly number: number;
  /** QoS 2 messages that the broker has taken and the client has not released, by identifier. */
  readonly taken = new Map<number, number>();
  /** Identifiers for which a PUBREC was ever sent. */
  readonly recorded = new Set<number>();

  constructor(number: number) {
    this.number = number;
  }
}

/** A connection, as the broker has it. */
interface Line {
  readonly network: Network;
  readonly peer: Peer;
  /** QoS 1 messages taken and not yet acknowledged. */
  unacknowledged: number;
}

export class Broker {
  /** Refuses the next CONNECT with code 3: server unavailable. */
  refuses = false;
  isUp = true;
  private connacksToLose = 0;
  private sessions = 0;
  private isTaking = false;
  private intruder: Peer | undefined;
  private readonly lines = new Map<Network, Line>();
  private watched = new Watched(0);
  private readonly server: Server;
  private readonly time: Time;
  private readonly setting: Setting;
  private readonly ledger: Ledger;
  private readonly illegal: (why: string) => void;

  constructor(time: Time, setting: Setting, ledger: Ledger, illegal: (why: string) => void) {
    this.time = time;
    this.setting = setting;
    this.ledger = ledger;
    this.illegal = illegal;
    const options = {
      maxInflight: setting.window,
      authenticate: () => {
        const returnCode = this.refuses ? 3 : 0;
        this.refuses = false;
        return returnCode;
      },
      authorize: ({ topic }: { topic: string }) => !topic.startsWith('refused/'),
    };
    const events = new Listeners();
    events.on('connection', ({ error }) => {
      // A plain Error tells of a refusal or a takeover; and while it takes no packet, of a network that carries none.
      if (this.isTaking && error !== undefined && error.constructor !== Error) illegal(error.message);
    });
    events.on('session', ({ change }) => {
      if (change === 'created') this.sessions += 1;
      if (change === 'created' || change === 'ended')
        this.watched = new Watched(change === 'ended' ? 0 : this.sessions);
    });
    const server = new Server(options, new ProcessClock(time, { float: () => 0 }, () => {}), events);
    const publish = server.publish.bind(server);
    server.publish = (message) => {
      const isLate = message.qos === 2 && setting.passesOn === 'PUBREL';
      if (!isLate) this.passOn(numberOf(message.payload));
      publish(message);
    };
    this.server = server;
  }

  get session(): ServerSession | undefined {
    return this.server.sessions.get(CLIENT_ID);
  }

  /** Which session there is; 0: none. */
  get sessionNumber(): number {
    return this.watched.number;
  }

  /** Whether there is nothing that it still wants to deliver, or to hear. */
  get isIdle(): boolean {
    const { session } = this;
    return session === undefined || (session.queued.length === 0 && session.inflight.size === 0);
  }

  get isConnected(): boolean {
    return this.session?.isOnline === true && this.session.peer !== this.intruder;
  }

  // ---- connections

  opened(network: Network): void {
    const line: Line = {
      network,
      peer: new Peer(this.server, {
        clientId: undefined,
        down: [],
        send: (packet) => this.send(line, packet),
        close: () => void (this.lines.delete(network) && network.hangUp()),
      }),
      unacknowledged: 0,
    };
    this.lines.set(network, line);
  }

  closed(network: Network): void {
    const line = this.lines.get(network);
    this.lines.delete(network);
    line?.peer.end(undefined);
  }

  /** Every connection ends, and for some time there is no new one. */
  restart({ away, forgets, connacksLost }: Action & { kind: 'restart' }): void {
    this.isUp = false;
    this.connacksToLose = connacksLost;
    this.intruder?.end(undefined);
    for (const network of this.lines.keys()) network.cut(0);
    this.time.schedule(1, () => {
      if (forgets) this.forget(); // a connection that is there already has a session
    });
    this.time.schedule(away + 1, () => {
      this.isUp = true;
    });
  }

  /** Forgets the session if nobody is connected. */
  forget(): void {
    const { session } = this;
    if (session?.isOnline === false) this.server.endSession(session);
  }

  /** Ends the present connection. */
  hangUp(): void {
    this.session?.peer?.end(undefined);
  }

  /** A second connection with the client id, which says nothing. */
  takeOver(isClean: boolean, stay: number): void {
    if (!this.isUp) return;
    const cleanSession = isClean || this.session?.cleanSession !== false;
    const intruder = new Peer(this.server, { clientId: undefined, down: [], send() {}, close() {} });
    this.intruder = intruder;
    intruder.received(encode(connect({ clientId: CLIENT_ID, cleanSession, keepAlive: 0 })));
    this.time.schedule(stay, () => intruder.end(undefined));
  }

  // ---- packets

  take(network: Network, packet: ClientPacket, bytes: Uint8Array): void {
    const line = this.lines.get(network);
    if (line === undefined || !this.lets(line, packet)) return; // refused or taken over, and on its way out
    this.isTaking = true;
    line.peer.received(bytes);
    this.isTaking = false;
  }

  /** Judges what the broker cannot, and says whether the packet comes to it. */
  private lets(line: Line, packet: ClientPacket): boolean {
    const { network, peer } = line;
    if (packet.type === 'CONNECT' && this.connacksToLose > 0 && !this.refuses) {
      this.connacksToLose -= 1;
      network.cut(0);
    }
    if (peer.session === undefined) return true;
    if (packet.type === 'PUBLISH') return this.letsMessage(line, packet);
    if (packet.type !== 'PUBREL') return true;
    const { number, taken, recorded } = this.watched;
    if (!recorded.has(packet.id) && this.ledger.known.has(number)) this.illegal(`PUBREL ${packet.id} without a PUBREC`);
    if (this.setting.passesOn === 'PUBREL') this.passOn(taken.get(packet.id));
    taken.delete(packet.id);
    return true;
  }

  private letsMessage(line: Line, { dup, qos, id, payload }: ClientPublish): boolean {
    const { takesQos1, takesQos2 } = this.setting;
    if (qos === 1 && line.unacknowledged >= takesQos1) {
      line.peer.end(undefined);
      return false;
    }
    if (qos === 1) line.unacknowledged += 1;
    if (qos < 2) return true;
    const { taken } = this.watched;
    const number = numberOf(payload);
    const before = taken.get(id);
    if (before !== undefined && (before !== number || !dup))
      this.illegal(`QoS 2 message ${number} under identifier ${id}, which ${before} has`);
    if (before === undefined && taken.size >= takesQos2) {
      this.send(line, { type: PUBREC, packetId: id });
      return false;
    }
    taken.set(id, number!);
    return true;
  }

  private passOn(number = 0): void {
    this.ledger.outbound.get(number)?.passedOnIn.push(this.sessionNumber);
  }

  private send(line: Line, packet: Packet): void {
    const { type } = packet;
    if (type === CONNACK) line.network.session = this.sessionNumber;
    if (type === PUBREC) this.watched.recorded.add(packet.packetId);
    const send = () => {
      if (type === PUBACK) line.unacknowledged -= 1;
      line.network.put(encode(packet));
    };
    const { slowness } = this.setting;
    if (slowness > 0 && (type === PUBACK || type === PUBREC || type === PUBCOMP)) this.time.schedule(slowness, send);
    else send();
  }

  /** Somebody publishes a message. Returns whether anybody has subscribed to it. */
  offer(number: number, topic: string, qos: QoS, failures: number): boolean {
    const [[session, granted] = []] = this.server.subscriptions.recipientsOf(topic);
    if (session === undefined) return false;
    const message = {
      number,
      topic,
      qos: Math.min(qos, granted!) as QoS,
      session: this.sessionNumber,
      failures,
      starts: 0,
      failed: 0,
      processed: 0,
      hasComeNew: false,
      excuses: 0,
      isStored: false,
    };
    if (message.qos === 0 && !session.isOnline) return true; // nobody keeps it
    this.ledger.inbound.set(number, message);
    const payload = payloadOf(number, 4 + (number % 90));
    this.server.publish({ type: PUBLISH, dup: false, qos, retain: false, topic, packetId: 0, payload });
    return true;
  }
}
