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
import { binarySize, type Reader, stringSize, type Writer } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { checkTopic } from '../topics.ts';
import { type PacketDecoder, type PacketEncoder, PacketType, type QoS } from './packet.ts';

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
  return { type: PacketType.CONNECT, clientId, cleanSession, keepAlive, username, password, will };
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

function check({ clientId, cleanSession, keepAlive, username, password, will }: ConnectPacket): void {
  if (keepAlive !== (keepAlive & 0xffff))
    throw new ProtocolError('§3.1.2.10', `keepAlive must be 0 to 65535 seconds, not ${keepAlive}`);
  if (clientId === '' && !cleanSession)
    throw new ProtocolError('MQTT-3.1.3-7', 'an empty clientId needs cleanSession: no session could be found again');
  if (password !== undefined && username === undefined)
    throw new ProtocolError('MQTT-3.1.2-22', 'a password needs a username');
  if (will === undefined) return;
  checkTopic(will.topic);
  if (will.qos !== 0 && will.qos !== 1 && will.qos !== 2)
    throw new ProtocolError('MQTT-3.1.2-14', `will QoS must be 0, 1 or 2, not ${will.qos}`);
}

function length({ clientId, username, password, will }: ConnectPacket): number {
  let size = 10 + stringSize(clientId, 'clientId');
  if (will !== undefined) size += stringSize(will.topic, 'will topic') + binarySize(will.payload, 'will payload');
  if (username !== undefined) size += stringSize(username, 'username');
  if (password !== undefined) size += binarySize(password, 'password');
  return size;
}

function write(writer: Writer, packet: ConnectPacket): void {
  const { will, username, password } = packet;
  writer.string(PROTOCOL_NAME);
  writer.byte(PROTOCOL_LEVEL);
  writer.byte(connectFlags(packet));
  writer.uint16(packet.keepAlive);
  writer.string(packet.clientId);
  if (will !== undefined) {
    writer.string(will.topic);
    writer.binary(will.payload);
  }
  if (username !== undefined) writer.string(username);
  if (password !== undefined) writer.binary(password);
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
  if (name !== PROTOCOL_NAME) throw new ProtocolError('MQTT-3.1.2-1', `protocol name must be 'MQTT', not '${name}'`);
  const level = reader.byte('protocol level');
  if (level !== PROTOCOL_LEVEL) throw new ProtocolError('MQTT-3.1.2-2', `protocol level must be 4, not ${level}`);
  const flags = reader.byte('connect flags');
  checkFlags(flags);
  const cleanSession = (flags & CLEAN_SESSION) !== 0;
  const keepAlive = reader.uint16('keepAlive');
  // the payload's order [MQTT-3.1.3-1]
  const clientId = reader.string('clientId');
  const will = readWill(reader, flags);
  const username = flags & USERNAME ? reader.string('username') : undefined;
  const password = flags & PASSWORD ? reader.binary('password') : undefined;
  return { type: PacketType.CONNECT, clientId, cleanSession, keepAlive, username, password, will };
}

// what the packet object cannot say, so that only the wire can be wrong
function checkFlags(flags: number): void {
  if (flags & RESERVED) throw new ProtocolError('MQTT-3.1.2-3', 'the reserved connect flag is set');
  if (flags & WILL) return;
  if (flags & WILL_QOS) throw new ProtocolError('MQTT-3.1.2-13', 'a will QoS without a will');
  if (flags & WILL_RETAIN) throw new ProtocolError('MQTT-3.1.2-15', 'will retain without a will');
}

function readWill(reader: Reader, flags: number): Will | undefined {
  if ((flags & WILL) === 0) return undefined;
  return {
    topic: reader.string('will topic'),
    payload: reader.binary('will payload'),
    qos: ((flags & WILL_QOS) >> 3) as QoS,
    retain: (flags & WILL_RETAIN) !== 0,
  };
}

export const connectEncoder: PacketEncoder<ConnectPacket> = { check, length, write };
export const connectDecoder: PacketDecoder<ConnectPacket> = { check, read };
