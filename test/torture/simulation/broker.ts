// A broker as the standard has it: strict about what it takes, and legal in what it sends.
import { type Inbound, type Ledger, numberOf, payloadOf } from './ledger.ts';
import type { Network, Peer } from './network.ts';
import type { Action, Setting } from './plan.ts';
import type { Event, Time } from './time.ts';
import type { BrokerPacket, ClientPacket, ClientPublish, QoS } from './wire.ts';

interface UnderWay {
  readonly message: Inbound;
  isReleased: boolean;
  /** Acknowledgements that this connection owes. */
  readonly expects: ('PUBACK' | 'PUBREC' | 'PUBCOMP')[];
}

/** The broker's half of a session (4.1). */
class BrokerSession {
  readonly number: number;
  readonly isClean: boolean;
  readonly subscriptions = new Map<string, QoS>();
  readonly queue: Inbound[] = [];
  readonly underWay = new Map<number, UnderWay>();
  /** QoS 2 messages taken and not yet released, by identifier. */
  readonly taken = new Map<number, number>();
  /** Identifiers for which a PUBREC was ever sent. */
  readonly recorded = new Set<number>();

  constructor(number: number, isClean: boolean) {
    this.number = number;
    this.isClean = isClean;
  }

  unusedId(): number {
    let id = 1;
    while (this.underWay.has(id)) id += 1;
    return id;
  }
}

interface Connected {
  readonly network: Pick<Network, 'put' | 'hangUp'>;
  readonly session: BrokerSession;
  readonly keepAlive: number;
  readonly isIntruder: boolean;
  /** QoS 1 messages taken and not yet acknowledged. */
  unacknowledged: number;
  lastHeard: number;
}

export class Broker implements Peer {
  /** Refuses the next CONNECT with code 3: server unavailable. */
  refuses = false;
  isUp = true;
  session: BrokerSession | undefined;
  private connacksToLose = 0;
  private sessions = 0;
  private readonly networks = new Set<Network>();
  private connected: Connected | undefined;
  private patience: Event | undefined;
  private readonly time: Time;
  private readonly setting: Setting;
  private readonly ledger: Ledger;
  private readonly illegal: (why: string) => void;

  constructor(time: Time, setting: Setting, ledger: Ledger, illegal: (why: string) => void) {
    this.time = time;
    this.setting = setting;
    this.ledger = ledger;
    this.illegal = illegal;
  }

  /** Whether there is nothing that it still wants to deliver, or to hear. */
  get isIdle(): boolean {
    const { session } = this;
    return session === undefined || (session.queue.length === 0 && session.underWay.size === 0);
  }

  get isConnected(): boolean {
    return this.connected?.isIntruder === false;
  }

  // ---- connections

  opened(network: Network): void {
    this.networks.add(network);
  }

  closed(network: Network): void {
    this.networks.delete(network);
    this.ended(network);
  }

  private ended(network: Connected['network']): void {
    if (this.connected?.network === network) this.disconnected(this.connected);
  }

  private disconnected({ session }: Connected): void {
    this.connected = undefined;
    if (this.patience !== undefined) this.patience.run = undefined;
    if (session.isClean) this.session = undefined;
  }

  /** Every connection ends, and for some time there is no new one. */
  restart({ away, forgets, connacksLost }: Action & { kind: 'restart' }): void {
    this.isUp = false;
    this.connacksToLose = connacksLost;
    if (this.connected?.isIntruder) this.disconnected(this.connected);
    for (const network of [...this.networks]) network.cut(0);
    this.time.schedule(1, () => {
      if (forgets) this.forget(); // a connection that is there already has a session
    });
    this.time.schedule(away + 1, () => {
      this.isUp = true;
    });
  }

  /** Forgets the session if nobody is connected. */
  forget(): void {
    if (this.connected === undefined) this.session = undefined;
  }

  /** Ends the present connection. */
  hangUp(): void {
    this.connected?.network.hangUp();
  }

  /** A second connection with the client id, which says nothing. */
  takeOver(cleanSession: boolean, stay: number): void {
    if (!this.isUp) return;
    const isClean = cleanSession || this.session?.isClean !== false;
    const intruder = { put() {}, hangUp: () => this.ended(intruder) };
    this.connect(intruder, isClean, 0, true);
    this.time.schedule(stay, () => this.ended(intruder));
  }

  take(network: Network, packet: ClientPacket): void {
    if (!this.networks.has(network)) return;
    if (packet.type === 'CONNECT') return this.accept(network, packet);
    const connected = this.connected;
    if (connected?.network !== network) return; // refused or taken over, and on its way out
    connected.lastHeard = this.time.now;
    this.obey(connected, packet);
  }

  private accept(network: Network, { cleanSession, keepAlive }: ClientPacket & { type: 'CONNECT' }): void {
    if (this.connected?.network === network) return this.illegal('a second CONNECT');
    if (this.refuses) {
      this.refuses = false;
      network.put({ type: 'CONNACK', sessionPresent: false, code: 3, session: 0 });
      return network.hangUp();
    }
    const isLost = this.connacksToLose > 0;
    if (isLost) this.connacksToLose -= 1;
    if (isLost) network.cut(0);
    this.connect(network, cleanSession, keepAlive, false);
  }

  private connect(network: Connected['network'], isClean: boolean, keepAlive: number, isIntruder: boolean): void {
    this.connected?.network.hangUp(); // [MQTT-3.1.4-2]
    const sessionPresent = !isClean && this.session !== undefined;
    if (!sessionPresent) {
      this.sessions += 1;
      this.session = new BrokerSession(this.sessions, isClean);
    }
    const session = this.session!;
    const connected = { network, session, keepAlive, isIntruder, unacknowledged: 0, lastHeard: this.time.now };
    this.connected = connected;
    this.watch(connected);
    network.put({ type: 'CONNACK', sessionPresent, code: 0, session: session.number });
    for (const [id, underWay] of session.underWay) this.transmit(connected, id, underWay, true);
    this.pump(connected);
  }

  // [MQTT-3.1.2-24]
  private watch(connected: Connected): void {
    if (connected.keepAlive === 0) return;
    const deadline = connected.lastHeard + connected.keepAlive * 1_500;
    this.patience = this.time.schedule(deadline - this.time.now, () => {
      if (connected.lastHeard + connected.keepAlive * 1_500 <= this.time.now) connected.network.hangUp();
      else this.watch(connected);
    });
  }

  private obey(connected: Connected, packet: Exclude<ClientPacket, { type: 'CONNECT' }>): void {
    const { network, session } = connected;
    switch (packet.type) {
      case 'PUBLISH':
        return this.takeMessage(connected, packet);
      case 'PUBREL':
        if (!session.recorded.has(packet.id) && this.ledger.known.has(session.number))
          return this.illegal(`PUBREL ${packet.id} without a PUBREC`);
        if (this.setting.passesOn === 'PUBREL') this.passOn(session.taken.get(packet.id), session);
        session.taken.delete(packet.id);
        return this.answer(connected, { type: 'PUBCOMP', id: packet.id });
      case 'PUBACK':
      case 'PUBREC':
      case 'PUBCOMP':
        return this.acknowledge(connected, packet.type, packet.id);
      case 'SUBSCRIBE':
        return this.subscribe(connected, packet);
      case 'UNSUBSCRIBE':
        for (const filter of packet.filters) session.subscriptions.delete(filter);
        return network.put({ type: 'UNSUBACK', id: packet.id });
      case 'PINGREQ':
        return network.put({ type: 'PINGRESP' });
      case 'DISCONNECT':
        return network.hangUp();
    }
  }

  // ---- messages of the client's

  private takeMessage(connected: Connected, { dup, qos, id, topic, retain, payload }: ClientPublish): void {
    const { network, session } = connected;
    const { takesQos1, takesQos2, passesOn } = this.setting;
    const number = numberOf(payload);
    const message = number === undefined ? undefined : this.ledger.outbound.get(number);
    if (
      message === undefined ||
      message.size !== payload.length ||
      message.qos !== qos ||
      retain !== (message.number % 7 === 0)
    )
      return this.illegal(`a message that nobody has published: ${topic}, QoS ${qos}, ${payload.length} bytes`);
    if (topic !== `out/${message.number % 3}`) return this.illegal(`message ${message.number} has topic ${topic}`);
    if (qos === 1 && connected.unacknowledged >= takesQos1) return network.hangUp();
    if (qos === 1) connected.unacknowledged += 1;
    if (qos < 2) this.passOn(message.number, session);
    if (qos === 1) this.answer(connected, { type: 'PUBACK', id });
    if (qos < 2) return;
    const taken = session.taken.get(id);
    if (taken !== undefined && (taken !== message.number || !dup))
      return this.illegal(`QoS 2 message ${message.number} under identifier ${id}, which ${taken} has`);
    if (taken === undefined && session.taken.size < takesQos2) {
      session.taken.set(id, message.number);
      if (passesOn === 'PUBLISH') this.passOn(message.number, session);
    }
    session.recorded.add(id);
    this.answer(connected, { type: 'PUBREC', id });
  }

  private passOn(number: number | undefined, session: BrokerSession): void {
    this.ledger.outbound.get(number ?? 0)?.passedOnIn.push(session.number);
  }

  private answer(connected: Connected, packet: BrokerPacket & { type: 'PUBACK' | 'PUBREC' | 'PUBCOMP' }): void {
    const answer = () => {
      if (packet.type === 'PUBACK') connected.unacknowledged -= 1;
      if (this.connected === connected) connected.network.put(packet);
    };
    const { slowness } = this.setting;
    if (slowness > 0) this.time.schedule(slowness, answer);
    else answer();
  }

  // ---- messages to the client

  private subscribe(connected: Connected, { id, filters }: ClientPacket & { type: 'SUBSCRIBE' }): void {
    const { network, session } = connected;
    const codes = filters.map(([filter, qos]) => {
      if (filter.startsWith('refused/')) return 0x80;
      session.subscriptions.set(filter, qos);
      return qos;
    });
    network.put({ type: 'SUBACK', id, codes });
  }

  /** Somebody publishes a message. Returns whether anybody has subscribed to it. */
  offer(number: number, topic: string, qos: QoS, failures: number): boolean {
    const { session } = this;
    const granted = session?.subscriptions.get(topic) ?? session?.subscriptions.get(topic.replace(/\/.*/, '/#'));
    if (session === undefined || granted === undefined) return false;
    const message: Inbound = {
      number,
      topic,
      qos: Math.min(qos, granted) as QoS,
      session: session.number,
      failures,
      starts: 0,
      failed: 0,
      processed: 0,
      hasComeNew: false,
      excuses: 0,
      isStored: false,
    };
    if (message.qos === 0 && this.connected?.session !== session) return true; // nobody keeps it
    this.ledger.inbound.set(number, message);
    session.queue.push(message);
    if (this.connected !== undefined) this.pump(this.connected);
    return true;
  }

  private pump(connected: Connected): void {
    const { network, session } = connected;
    while (session.queue.length > 0) {
      const message = session.queue[0]!;
      if (message.qos > 0 && session.underWay.size >= this.setting.window) return;
      session.queue.shift();
      if (message.qos === 0) {
        network.put(publishOf(message, 0, false));
        continue;
      }
      const id = session.unusedId();
      const underWay: UnderWay = { message, isReleased: false, expects: [] };
      session.underWay.set(id, underWay);
      this.transmit(connected, id, underWay, false);
    }
  }

  private transmit({ network }: Connected, id: number, underWay: UnderWay, isAgain: boolean): void {
    const { message, isReleased, expects } = underWay;
    expects.length = 0;
    expects.push(isReleased ? 'PUBCOMP' : message.qos === 1 ? 'PUBACK' : 'PUBREC');
    network.put(isReleased ? { type: 'PUBREL', id } : publishOf(message, id, isAgain));
  }

  private acknowledge(connected: Connected, type: 'PUBACK' | 'PUBREC' | 'PUBCOMP', id: number): void {
    const { network, session } = connected;
    const underWay = session.underWay.get(id);
    if (underWay?.expects[0] !== type) return this.illegal(`${type} ${id}, which nobody waits for`);
    underWay.expects.shift();
    if (type === 'PUBREC') {
      underWay.isReleased = true;
      // PUBRELs are sent in the order of their PUBRECs, also when sent again [MQTT-4.6.0-4]
      session.underWay.delete(id);
      session.underWay.set(id, underWay);
      underWay.expects.push('PUBCOMP');
      return network.put({ type: 'PUBREL', id });
    }
    session.underWay.delete(id);
    this.pump(connected);
  }
}

function publishOf(message: Inbound, id: number, dup: boolean): BrokerPacket {
  const { topic, qos, number } = message;
  return { type: 'PUBLISH', dup, qos, retain: false, topic, id, payload: payloadOf(number, 4 + (number % 90)) };
}
