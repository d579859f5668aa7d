import type { WebSocket } from 'ws';
import {
  type ConnectPacket,
  connack,
  connect,
  Decoder,
  encode,
  type Packet,
  PacketType,
  type ProtocolError,
  type PublishPacket,
  type SubscribePacket,
} from '../../codec/codec.ts';
import type { Transport } from '../../connection/transport.ts';
import type { Broker, QoS } from '../../testing/testing.ts';
import type { DeviceRecord } from './record.ts';
import { Refusal, type Rules } from './rule.ts';
import { verify } from './verifier.ts';

/** What all connections of a gate share. */
export interface Shared {
  readonly rules: Rules;
  readonly broker: Broker;
  readonly devices: ReadonlyMap<string, DeviceRecord>;
  readonly log: (line: string) => void;
}

/** Stands for topics and filters that a device may not use: the broker refuses it, and so answers in its turn. */
export const NOWHERE = '$nowhere';

/** Bytes that may wait for a device that does not read. Beyond them, nothing more is read from it. */
const MAX_UNREAD = 1_048_576;

// RFC 6455, section 7.4.1
const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;

/** What a connection has from its CONNECT on. */
interface SignedIn {
  readonly record: DeviceRecord;
  readonly keepAlive: number; // seconds
  readonly filters: Set<string>;
  readonly broker: Transport;
}

/**
 * One connection. It reads every packet before the broker does and lets through what the platform would accept; the
 * broker behind it knows MQTT 3.1.1 and nothing of the platform.
 */
export class Connection {
  private readonly shared: Shared;
  private readonly socket: WebSocket;
  private readonly isSecure: boolean;
  private readonly decoder: Decoder;
  private signedIn: SignedIn | undefined;
  private deadline: number;
  private isOpen = true;
  private fault: Error | undefined; // why the broker ends the connection

  constructor(shared: Shared, socket: WebSocket, isSecure: boolean) {
    const { maxPacketSize, now, connectTimeout } = shared.rules;
    this.shared = shared;
    this.socket = socket;
    this.isSecure = isSecure;
    this.decoder = new Decoder({ maxPacketSize });
    this.deadline = now() + connectTimeout;
    socket.binaryType = 'arraybuffer';
    socket.on('error', () => {}); // a broken connection is told by its closing
    socket.on('close', () => this.release('the device ended the connection'));
    socket.on('message', (frame, isBinary) => this.hear(frame as ArrayBuffer, isBinary));
  }

  /** Ends the connection when its time is up: for the CONNECT, or for any packet within 1.5 keep alives. */
  closeIfSilent(): void {
    if (this.shared.rules.now() > this.deadline) this.cut('silence');
  }

  /** Ends the connection as a network does: without a closing handshake. */
  cut(reason: string): void {
    this.release(reason);
    this.socket.terminate();
  }

  close(code: number, reason: string): void {
    this.release(reason);
    this.socket.close(code);
  }

  /** The broker is about to end the connection, behind what it has sent. */
  failed(error: Error): void {
    this.fault = error;
  }

  private release(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.log(`closed: ${reason}`);
    if (!this.signedIn) return;
    this.signedIn.record.connection = undefined;
    this.signedIn.broker.abort?.();
  }

  private log(line: string): void {
    this.shared.log(`${this.signedIn?.record.username ?? 'someone'} ${line}`);
  }

  private hear(frame: ArrayBuffer, isBinary: boolean): void {
    if (!this.isOpen) return;
    if (!isBinary) return this.close(UNSUPPORTED_DATA, 'a text frame'); // [MQTT-6.0.0-1]
    const { decoder } = this;
    try {
      decoder.push(new Uint8Array(frame));
      for (let packet = decoder.read(); packet; packet = decoder.read()) this.take(packet);
    } catch (error) {
      const returnCode = this.signedIn ? undefined : returnCodeOf(error as Error);
      if (returnCode !== undefined) this.refuse(returnCode, (error as Error).message);
      else this.close(PROTOCOL_ERROR, (error as Error).message);
    }
  }

  private refuse(returnCode: number, reason: string): void {
    this.log(`← connack ${returnCode}`);
    this.send(encode(connack({ returnCode })));
    this.close(NORMAL, reason);
  }

  private take(packet: Packet): void {
    const { signedIn } = this;
    if (!signedIn) return this.signIn(packet);
    const { record, filters } = signedIn;
    record.counts.packets += 1;
    this.heardFrom(signedIn);
    this.log(`→ ${describe(packet)}`);
    switch (packet.type) {
      case PacketType.PUBLISH:
        return this.publish(signedIn, packet);
      case PacketType.SUBSCRIBE:
        return this.subscribe(signedIn, packet);
      case PacketType.UNSUBSCRIBE:
        for (const topicFilter of packet.topicFilters) filters.delete(topicFilter);
        break;
      case PacketType.PINGREQ:
        record.counts.pings += 1;
        break;
    }
    signedIn.broker.send(encode(packet));
  }

  private heardFrom({ keepAlive }: SignedIn): void {
    this.deadline = this.shared.rules.now() + keepAlive * 1_500;
  }

  private signIn(packet: Packet): void {
    if (packet.type !== PacketType.CONNECT) throw new Error('a first packet that is not CONNECT'); // [MQTT-3.1.0-1]
    const { rules, devices, broker } = this.shared;
    const { cleanSession, will } = packet;
    const record = verify(packet, devices, this.isSecure, rules);
    const keepAlive = checkKeepAlive(packet, rules);
    if (will && rules.will === 'close') throw new Error('a will');
    if (!record.admitsConnect()) {
      record.counts.refusals += 1;
      throw new Refusal(rules.connectsRefusal, 'more CONNECTs a minute than allowed');
    }

    record.connection?.close(NORMAL, 'the device signed in again');
    record.connection = this;
    record.counts.connects += 1;
    const clientId = record.username; // a device keeps its session whatever client id it signs in with
    const known = broker.sessions.get(clientId);
    const isResumed = known && !known.cleanSession && !cleanSession;
    this.signedIn = {
      record,
      keepAlive,
      filters: new Set(isResumed ? known.subscriptions.keys() : []),
      broker: broker.transport('', {
        opened: () => {},
        received: (bytes) => this.send(bytes),
        drained: () => {},
        closed: () => this.ended(),
      }),
    };
    this.heardFrom(this.signedIn);
    this.log(`→ connect, keep alive ${keepAlive} s`);
    // The broker gets no will, and a keep alive of 0: the silence is watched here.
    this.signedIn.broker.send(encode(connect({ clientId, cleanSession, keepAlive: 0 })));
  }

  private ended(): void {
    if (this.fault) this.close(PROTOCOL_ERROR, this.fault.message);
    else this.close(NORMAL, 'the broker ended the connection');
  }

  private publish({ record, broker }: SignedIn, packet: PublishPacket): void {
    const { rules } = this.shared;
    const { topic, qos, retain } = packet;
    if (qos === 2 && rules.qos2 === 'close') throw new Error('a QoS 2 message');
    if (retain && rules.retain === 'close') throw new Error('a retained message');
    if (!record.admitsMessage(qos)) return this.drop(record, 'more messages a second than allowed');
    const isAllowed = record.mayUse(topic);
    if (isAllowed) record.counts.published += 1;
    else this.drop(record, 'a topic the device may not use');
    broker.send(encode({ ...packet, retain: false, topic: isAllowed ? topic : NOWHERE }));
  }

  private drop(record: DeviceRecord, reason: string): void {
    record.counts.dropped += 1;
    this.log(`dropped: ${reason}`);
  }

  private subscribe(signedIn: SignedIn, packet: SubscribePacket): void {
    const maxQos = this.shared.rules.qos2 === 'accept' ? 2 : 1;
    const subscriptions = packet.subscriptions.map(({ topicFilter, qos }, index) => ({
      topicFilter: this.grants(signedIn, topicFilter, index) ? topicFilter : NOWHERE,
      qos: Math.min(qos, maxQos) as QoS,
    }));
    signedIn.broker.send(encode({ ...packet, subscriptions }));
  }

  /** Whether the device gets the filter that stands at this index of a SUBSCRIBE. */
  private grants({ record, filters }: SignedIn, topicFilter: string, index: number): boolean {
    const { maxFilters, maxSubscriptions } = this.shared.rules;
    if (index >= maxFilters || !record.mayUse(topicFilter)) return false;
    if (!filters.has(topicFilter) && filters.size >= maxSubscriptions) return false;
    filters.add(topicFilter);
    return true;
  }

  private send(bytes: Uint8Array): void {
    const { socket } = this;
    const size = Math.min(this.shared.rules.frameSize, bytes.length);
    for (let start = 0; start < bytes.length; start += size)
      socket.send(bytes.subarray(start, start + size), () => socket.bufferedAmount <= MAX_UNREAD && socket.resume());
    if (socket.bufferedAmount > MAX_UNREAD) socket.pause();
  }
}

/** The code of the CONNACK that has to come before the connection is closed, if one has to. */
function returnCodeOf(error: Error): number | undefined {
  if ((error as ProtocolError).clause === 'MQTT-3.1.2-2') return 1;
  return error instanceof Refusal ? error.returnCode : undefined;
}

function checkKeepAlive({ keepAlive }: ConnectPacket, rules: Rules): number {
  const { minKeepAlive, maxKeepAlive, keepAliveRefusal } = rules;
  const nearest = Math.min(Math.max(keepAlive, minKeepAlive), maxKeepAlive);
  if (nearest === keepAlive || keepAliveRefusal === 'clamp') return nearest;
  const reason = `a keep alive of ${keepAlive} s`;
  if (keepAliveRefusal === 'close') throw new Error(reason);
  throw new Refusal(keepAliveRefusal, reason);
}

const NAMES = new Map(Object.entries(PacketType).map(([name, type]) => [type, name.toLowerCase()]));

/** A line for a log. It has no payload, which may be private, and no credential. */
export function describe(packet: Packet): string {
  switch (packet.type) {
    case PacketType.PUBLISH:
      return `publish ${packet.topic}, QoS ${packet.qos}, ${packet.payload.length} bytes`;
    case PacketType.SUBSCRIBE:
      return `subscribe ${packet.subscriptions.map(({ topicFilter }) => topicFilter).join(' ')}`;
    case PacketType.UNSUBSCRIBE:
      return `unsubscribe ${packet.topicFilters.join(' ')}`;
    default:
      return NAMES.get(packet.type)!;
  }
}
