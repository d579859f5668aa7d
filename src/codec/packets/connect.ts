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
import { integer } from '../check.ts';
import { refuse } from '../error.ts';
import { readBinary, readByte, readString, readUint16 } from '../read.ts';
import { stringRule, topicRule } from '../rule.ts';
import { putBinary, putByte, putText, putUint16 } from '../write.ts';
import type { PacketType, PutBody, QoS, ReadBody } from './packet.ts';

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
export const connect = ({
  clientId,
  cleanSession = true,
  keepAlive = 60,
  username,
  password,
  will,
}: Partial<Omit<ConnectPacket, 'type'>> & Pick<ConnectPacket, 'clientId'>): ConnectPacket => ({
  type: 1,
  cleanSession,
  keepAlive,
  clientId,
  will,
  username,
  password,
});

export const putConnect: PutBody<ConnectPacket> = (target, offset, packet) => {
  const { clientId, cleanSession, keepAlive, username, password, will } = packet;
  if (password !== undefined && username === undefined) refuse('MQTT-3.1.2-22', 'password', 'be set without username');
  // A server has to answer such a CONNECT, with return code 2 [MQTT-3.1.3-8]: it binds the client alone.
  if (target === undefined && clientId === '' && !cleanSession)
    refuse('MQTT-3.1.3-7', 'clientId', 'be empty without cleanSession');
  const flags =
    (username === undefined ? 0 : 0b1000_0000) |
    (password === undefined ? 0 : 0b0100_0000) |
    (will === undefined
      ? 0
      : 0b0000_0100 | (integer(will.qos, 0, 2, 'MQTT-3.1.2-14', 'qos') << 3) | (will.retain ? 0b0010_0000 : 0)) |
    (cleanSession ? 0b0000_0010 : 0);
  offset = putText(target, offset, 'MQTT', '', stringRule);
  offset = putByte(target, offset, 4);
  offset = putByte(target, offset, flags);
  offset = putUint16(target, offset, integer(keepAlive, 0, 0xffff, '§3.1.2.10', 'keepAlive'));
  // the order of the payload [MQTT-3.1.3-1]
  offset = putText(target, offset, clientId, 'clientId', stringRule);
  if (will !== undefined) {
    offset = putText(target, offset, will.topic, 'topic', topicRule);
    offset = putBinary(target, offset, will.payload, 'payload');
  }
  if (username !== undefined) offset = putText(target, offset, username, 'username', stringRule);
  if (password !== undefined) offset = putBinary(target, offset, password, 'password');
  return offset;
};

export const readConnect: ReadBody<ConnectPacket> = () => {
  const name = readString('protocol', stringRule);
  if (name !== 'MQTT') refuse('MQTT-3.1.2-1', 'protocol', `be ${name}, but MQTT`);
  const level = readByte('protocol level');
  if (level !== 4) refuse('MQTT-3.1.2-2', 'protocol level', `be ${level}, but 4`);
  const flags = readByte('flags');
  // A packet object cannot say the following things: only the wire can be wrong.
  if (flags & 0b0000_0001) refuse('MQTT-3.1.2-3', 'reserved flag', 'be set');
  const hasWill = flags & 0b0000_0100;
  if (!hasWill) {
    if (flags & 0b0001_1000) refuse('MQTT-3.1.2-13', 'will qos', 'be set without will');
    if (flags & 0b0010_0000) refuse('MQTT-3.1.2-15', 'will retain', 'be set without will');
  }
  return {
    type: 1,
    cleanSession: (flags & 0b0000_0010) > 0,
    keepAlive: readUint16('keepAlive'),
    clientId: readString('clientId', stringRule),
    will: hasWill
      ? {
          topic: readString('topic', topicRule),
          payload: readBinary('payload'),
          qos: ((flags >> 3) & 0b11) as QoS,
          retain: (flags & 0b0010_0000) > 0,
        }
      : undefined,
    username: flags & 0b1000_0000 ? readString('username', stringRule) : undefined,
    password: flags & 0b0100_0000 ? readBinary('password') : undefined,
  };
};
