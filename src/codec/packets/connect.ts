/*
 * 3.1 CONNECT: the client asks for a connection to the server.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  0    0    0    1    0    0    0    0       type 1
 * byte 2  Remaining Length, 1 to 4 bytes
 *         0    4    M    Q    T    T                 Protocol Name
 *         4                                          Protocol Level: 3.1.1
 *         user pass will will  QoS  will clean 0     Connect Flags
 *         name word retain          flag session
 *         Keep Alive MSB, LSB                        seconds
 *         Client Identifier                          string
 *         Will Topic, Will Message                   string, binary; if the will flag is set
 *         User Name                                  string;         if its flag is set
 *         Password                                   binary;         if its flag is set
 */
import { binarySize, checkInteger, type Reader, writeBinary, writeByte, writeUint16 } from '../bytes.ts';
import { ProtocolError } from '../error.ts';
import { stringSize, writeString } from '../text.ts';
import { topicSize } from '../topic.ts';
import { CONNECT, checkQos, type PacketDecoder, type PacketEncoder, type PacketType, type QoS } from './packet.ts';

/** The message that the server publishes when the client is lost (3.1.2.5). */
export interface Will {
  readonly topic: string;
  /** 0 to 65,535 bytes */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
}

export interface ConnectPacket {
  readonly type: typeof PacketType.CONNECT;
  /** Empty only with cleanSession: the server then assigns one. */
  readonly clientId: string;
  readonly cleanSession: boolean;
  /** Seconds, 0 to 65,535; 0 switches it off. */
  readonly keepAlive: number;
  readonly username: string | undefined;
  /** 0 to 65,535 bytes, only together with a username. */
  readonly password: Uint8Array | undefined;
  readonly will: Will | undefined;
}

/** A CONNECT with its defaults: a clean session and a keep alive of 60 s. */
export function connect(fields: Partial<Omit<ConnectPacket, 'type'>> & Pick<ConnectPacket, 'clientId'>): ConnectPacket {
  const { clientId, cleanSession = true, keepAlive = 60, username, password, will } = fields;
  return { type: CONNECT, clientId, cleanSession, keepAlive, username, password, will };
}

const PROTOCOL_NAME = 'MQTT';
const PROTOCOL_LEVEL = 4;

// 3.1.2.3 Connect Flags
const USERNAME = 0b1000_0000;
const PASSWORD = 0b0100_0000;
const WILL_RETAIN = 0b0010_0000;
const WILL_QOS = 0b0001_1000;
const WILL = 0b0000_0100;
const CLEAN_SESSION = 0b0000_0010;
const RESERVED = 0b0000_0001;

function check({ clientId, cleanSession, keepAlive, username, password, will }: ConnectPacket): number {
  checkInteger('§3.1.2.10', 'keepAlive', keepAlive, 0, 0xffff);
  if (clientId === '' && !cleanSession) throw new ProtocolError('MQTT-3.1.3-7', 'an empty clientId needs cleanSession');
  if (password !== undefined && username === undefined)
    throw new ProtocolError('MQTT-3.1.2-22', 'a password needs a username');
  let size = 10 + stringSize(clientId, 'clientId');
  if (will !== undefined) {
    checkQos('MQTT-3.1.2-14', will.qos);
    size += topicSize(will.topic) + binarySize(will.payload, 'payload');
  }
  if (username !== undefined) size += stringSize(username, 'username');
  if (password !== undefined) size += binarySize(password, 'password');
  return size;
}

function write(packet: ConnectPacket, target: Uint8Array, offset: number): number {
  const { will, username, password } = packet;
  offset = writeString(PROTOCOL_NAME, target, offset);
  offset = writeByte(PROTOCOL_LEVEL, target, offset);
  offset = writeByte(connectFlags(packet), target, offset);
  offset = writeUint16(packet.keepAlive, target, offset);
  offset = writeString(packet.clientId, target, offset);
  if (will !== undefined) {
    offset = writeString(will.topic, target, offset);
    offset = writeBinary(will.payload, target, offset);
  }
  if (username !== undefined) offset = writeString(username, target, offset);
  if (password !== undefined) offset = writeBinary(password, target, offset);
  return offset;
}

function connectFlags({ cleanSession, username, password, will }: ConnectPacket): number {
  let flags = 0;
  if (username !== undefined) flags |= USERNAME;
  if (password !== undefined) flags |= PASSWORD;
  if (will !== undefined) flags |= WILL | (will.qos << 3);
  if (will?.retain) flags |= WILL_RETAIN;
  if (cleanSession) flags |= CLEAN_SESSION;
  return flags;
}

function read(reader: Reader): ConnectPacket {
  const name = reader.string('protocol name');
  if (name !== PROTOCOL_NAME) throw new ProtocolError('MQTT-3.1.2-1', `protocol name must be MQTT, not ${name}`);
  const level = reader.byte('protocol level');
  checkInteger('MQTT-3.1.2-2', 'protocol level', level, PROTOCOL_LEVEL, PROTOCOL_LEVEL);
  const flags = reader.byte('flags');
  checkFlags(flags);
  const cleanSession = (flags & CLEAN_SESSION) !== 0;
  const keepAlive = reader.uint16('keepAlive');
  // the payload's order [MQTT-3.1.3-1]
  const clientId = reader.string('clientId');
  const will = readWill(reader, flags);
  const username = flags & USERNAME ? reader.string('username') : undefined;
  const password = flags & PASSWORD ? readBinary(reader, 'password') : undefined;
  return { type: CONNECT, clientId, cleanSession, keepAlive, username, password, will };
}

// what the packet object cannot say, so that only the wire can be wrong
function checkFlags(flags: number): void {
  if (flags & RESERVED) throw new ProtocolError('MQTT-3.1.2-3', 'the reserved flag is set');
  if (flags & WILL) return;
  if (flags & WILL_QOS) throw new ProtocolError('MQTT-3.1.2-13', 'will qos without a will');
  if (flags & WILL_RETAIN) throw new ProtocolError('MQTT-3.1.2-15', 'will retain without a will');
}

function readWill(reader: Reader, flags: number): Will | undefined {
  if ((flags & WILL) === 0) return undefined;
  return {
    topic: reader.string('topic'),
    payload: readBinary(reader, 'payload'),
    qos: ((flags & WILL_QOS) >> 3) as QoS,
    retain: (flags & WILL_RETAIN) !== 0,
  };
}

// a copy: what is small and long-lived, such as a password, does not pin the chunk it came in
function readBinary(reader: Reader, field: string): Uint8Array {
  return new Uint8Array(reader.raw(reader.uint16(field), field));
}

export const connectEncoder: PacketEncoder<ConnectPacket> = { check, write };
export const connectDecoder: PacketDecoder<ConnectPacket> = { check, read };
