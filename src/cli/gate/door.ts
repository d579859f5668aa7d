import { Duplex } from 'node:stream';
import type { Aedes } from 'aedes';
import {
  generate,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type IUnsubscribePacket,
  type Packet,
} from 'mqtt-packet';
import type { WebSocket } from 'ws';
import { PacketSplitter, parse, parseConnect } from './packet.ts';
import { type DeviceRecord, REFUSED } from './record.ts';
import { Refusal, type Rules } from './rule.ts';
import { verify } from './verifier.ts';

/** What every door of a gate shares. */
export interface Hall {
  readonly rules: Rules;
  readonly broker: Aedes;
  readonly devices: ReadonlyMap<string, DeviceRecord>;
  readonly log: (line: string) => void;
}

/** Nobody may subscribe to it: a message sent here is acknowledged in its turn and heard by no one. */
const NOWHERE = '$nowhere';

/** Bytes that may wait for a device that does not read. Beyond them, nothing more is read from it. */
const MAX_UNREAD = 1_048_576;

// RFC 6455, section 7.4.1
const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;

/**
 * One connection. It reads every packet before the broker does and lets through what the platform would accept; the
 * broker behind it is an ordinary MQTT 3.1.1 one, which keeps sessions and carries messages.
 */
export class Door {
  private readonly hall: Hall;
  private readonly socket: WebSocket;
  private readonly secure: boolean;
  private readonly fromDevice: PacketSplitter;
  private readonly fromBroker = new PacketSplitter(Number.POSITIVE_INFINITY);
  private readonly pipe: Duplex; // what the broker takes for the network connection
  private readonly waiting: Buffer[] = []; // packets for it
  private readonly returnCodes = new Map<number, number[]>(); // by packet id, of the SUBSCRIBEs under way
  private record: DeviceRecord | undefined; // undefined: not signed in
  private sessionPresent = false;
  private keepAlive = 0; // seconds
  private deadline: number;
  private isOpen = true;

  constructor(hall: Hall, socket: WebSocket, secure: boolean) {
    this.hall = hall;
    this.socket = socket;
    this.secure = secure;
    this.fromDevice = new PacketSplitter(hall.rules.maxPacketSize);
    this.deadline = hall.rules.now() + hall.rules.connectTimeout;
    this.pipe = new Duplex({
      read: () => process.nextTick(() => this.flush()),
      write: (chunk: Buffer, _encoding, done) => {
        for (const bytes of this.fromBroker.split(chunk)) this.deliver(bytes);
        done();
      },
    });
    this.pipe.on('error', () => {}); // a broken connection is told by its closing
    this.pipe.on('close', () => this.close(NORMAL, 'the broker ended the connection'));
    socket.on('error', () => {}); // as above
    socket.on('close', () => this.release('the device ended the connection'));
    socket.on('message', (frame: Buffer, isBinary) => this.hear(frame, isBinary));
  }

  /** Ends the connection when its time is up: for the CONNECT, or for any packet within 1.5 keep alives. */
  closeIfSilent(): void {
    if (this.hall.rules.now() > this.deadline) this.cut('silence');
  }

  /** Ends the connection with no word of farewell, as a network does. */
  cut(reason: string): void {
    this.release(reason);
    this.socket.terminate();
  }

  close(code: number, reason: string): void {
    this.release(reason);
    this.socket.close(code);
  }

  private release(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.log(`closed: ${reason}`);
    if (this.record !== undefined) this.record.door = undefined;
    this.pipe.destroy();
  }

  private log(line: string): void {
    this.hall.log(`${this.record?.username ?? 'someone'} ${line}`);
  }

  private hear(frame: Buffer, isBinary: boolean): void {
    if (!this.isOpen) return;
    if (!isBinary) return this.close(UNSUPPORTED_DATA, 'a text frame'); // [MQTT-6.0.0-1]
    try {
      for (const bytes of this.fromDevice.split(frame)) this.take(bytes);
    } catch (error) {
      if (error instanceof Refusal) return this.refuse(error);
      this.close(PROTOCOL_ERROR, (error as Error).message);
    }
  }

  private refuse({ returnCode, message }: Refusal): void {
    this.log(`← connack ${returnCode}`);
    this.send(generate({ cmd: 'connack', sessionPresent: false, returnCode }));
    this.close(NORMAL, message);
  }

  private take(bytes: Buffer): void {
    if (this.record === undefined) return this.signIn(parseConnect(bytes));
    const packet = parse(bytes);
    this.record.counts.packets += 1;
    this.heardFrom();
    this.log(`→ ${describe(packet)}`);
    switch (packet.cmd) {
      case 'publish':
        return this.publish(this.record, packet);
      case 'subscribe':
        return this.subscribe(this.record, packet);
      case 'unsubscribe':
        return this.unsubscribe(this.record, packet);
      case 'puback':
      case 'pubcomp':
        this.record.acknowledge(packet.messageId ?? 0);
        break;
      case 'pingreq':
        this.record.counts.pings += 1;
        break;
    }
    this.forward(packet);
  }

  private heardFrom(): void {
    this.deadline = this.hall.rules.now() + this.keepAlive * 1_500;
  }

  private signIn(connect: IConnectPacket): void {
    const { rules, devices, broker } = this.hall;
    const record = verify(connect, devices, this.secure, rules);
    this.keepAlive = checkKeepAlive(connect.keepalive ?? 0, rules);
    if (connect.will !== undefined && rules.will === 'close') throw new Error('a will');
    if (!record.admitsConnect()) {
      record.counts.refusals += 1;
      throw new Refusal(rules.connectsRefusal, 'more CONNECTs a minute than allowed');
    }

    record.door?.close(NORMAL, 'the device signed in again');
    record.door = this;
    record.counts.connects += 1;
    this.record = record;
    this.sessionPresent = record.beginSession(connect.clean ?? false);
    this.heardFrom();
    this.log(`→ connect, keep alive ${this.keepAlive} s`);
    broker.handle(this.pipe);
    this.forward({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId: record.username, // a device keeps its session whatever client id it signs in with
      clean: connect.clean ?? false,
      keepalive: 0, // the silence is watched here
    });
  }

  private publish(record: DeviceRecord, packet: IPublishPacket): void {
    const { rules } = this.hall;
    if (packet.qos === 2 && rules.qos2 === 'close') throw new Error('a QoS 2 message');
    if (packet.retain && rules.retain === 'close') throw new Error('a retained message');
    if (!record.admitsMessage(packet.qos)) return this.drop(record, 'more messages a second than allowed');
    if (record.mayUse(packet.topic)) {
      record.counts.published += 1;
      return this.forward({ ...packet, retain: false });
    }
    this.drop(record, 'a topic the device may not use');
    this.forward({ ...packet, retain: false, topic: NOWHERE, payload: '' });
  }

  private drop(record: DeviceRecord, reason: string): void {
    record.counts.dropped += 1;
    this.log(`dropped: ${reason}`);
  }

  /** The broker sees the granted filters only; its SUBACK then carries the codes decided here. */
  private subscribe(record: DeviceRecord, packet: ISubscribePacket): void {
    const codes = packet.subscriptions.map((subscription, index) => record.grant(subscription, index));
    const subscriptions = packet.subscriptions.flatMap(({ topic }, index) =>
      codes[index] === REFUSED ? [] : [{ topic, qos: codes[index] as 0 | 1 | 2 }],
    );
    this.returnCodes.set(packet.messageId ?? 0, codes);
    if (subscriptions.length > 0) return this.forward({ ...packet, subscriptions });
    this.deliver(generate({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: codes }));
  }

  private unsubscribe(record: DeviceRecord, packet: IUnsubscribePacket): void {
    for (const topicFilter of packet.unsubscriptions) record.release(topicFilter);
    this.forward(packet);
  }

  private forward(packet: Packet): void {
    this.waiting.push(generate(packet));
    process.nextTick(() => this.flush());
  }

  /**
   * One chunk at a time, and never while the broker is in the middle of one: aedes 1.2.0 reads on from inside its
   * parser, which then takes a packet twice and the next not at all. Streams up to Node 24 had nothing more to read.
   */
  private flush(): void {
    if (this.waiting.length > 0 && this.pipe.readableLength === 0)
      this.pipe.push(Buffer.concat(this.waiting.splice(0)));
  }

  /** Towards the device. What the broker does not know or leaves out is the gate's to fill in. */
  private deliver(bytes: Buffer): void {
    const packet = parse(bytes);
    this.log(`← ${describe(packet)}`);
    this.send(generate(this.amend(packet)));
  }

  private amend(packet: Packet): Packet {
    const packetId = packet.messageId ?? 0;
    switch (packet.cmd) {
      case 'connack':
        return { ...packet, sessionPresent: this.sessionPresent };
      case 'publish': {
        const dup = packet.qos > 0 && (this.record?.isSentAgain(packetId) ?? false); // [MQTT-3.3.1-1]
        return { ...packet, dup };
      }
      case 'suback': {
        const granted = this.returnCodes.get(packetId) ?? packet.granted;
        this.returnCodes.delete(packetId);
        return { ...packet, granted };
      }
      default:
        return packet;
    }
  }

  private send(bytes: Buffer): void {
    const { socket } = this;
    const size = Math.min(this.hall.rules.frameSize, bytes.length);
    for (let start = 0; start < bytes.length; start += size)
      socket.send(bytes.subarray(start, start + size), () => socket.bufferedAmount <= MAX_UNREAD && socket.resume());
    if (socket.bufferedAmount > MAX_UNREAD) socket.pause();
  }
}

function checkKeepAlive(keepAlive: number, rules: Rules): number {
  const { minKeepAlive, maxKeepAlive, keepAliveRefusal } = rules;
  const nearest = Math.min(Math.max(keepAlive, minKeepAlive), maxKeepAlive);
  if (nearest === keepAlive || keepAliveRefusal === 'clamp') return nearest;
  const reason = `a keep alive of ${keepAlive} s`;
  if (keepAliveRefusal === 'close') throw new Error(reason);
  throw new Refusal(keepAliveRefusal, reason);
}

/** A line for a log: never a payload, which may be private, nor a credential. */
function describe(packet: Packet): string {
  switch (packet.cmd) {
    case 'publish':
      return `publish ${packet.topic}, QoS ${packet.qos}, ${packet.payload.length} bytes`;
    case 'subscribe':
      return `subscribe ${packet.subscriptions.map(({ topic }) => topic).join(' ')}`;
    case 'unsubscribe':
      return `unsubscribe ${packet.unsubscriptions.join(' ')}`;
    default:
      return packet.cmd;
  }
}
