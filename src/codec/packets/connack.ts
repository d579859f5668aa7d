/*
 * 3.2 CONNACK: the server answers the CONNECT.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  0    0    1    0    0    0    0    0       type 2
 * byte 2  0    0    0    0    0    0    1    0       Remaining Length 2
 * byte 3  0    0    0    0    0    0    0    SP      Connect Acknowledge Flags: Session Present
 * byte 4  Connect Return code                        0 accepted, 1 to 5 refused (Table 3.1)
 */
import { checkInteger, type Reader, writeByte } from '../bytes.ts';
import { ProtocolError } from '../error.ts';
import { CONNACK, type PacketDecoder, type PacketEncoder, type PacketType } from './packet.ts';

export interface ConnackPacket {
  readonly type: typeof PacketType.CONNACK;
  readonly sessionPresent: boolean;
  /** 0 accepted; 1 protocol level, 2 client id, 3 server unavailable, 4 user name or password, 5 not authorized. */
  readonly returnCode: number;
}

/** A CONNACK that accepts, unless told otherwise. */
export function connack({
  sessionPresent = false,
  returnCode = 0,
}: {
  sessionPresent?: boolean;
  returnCode?: number;
} = {}): ConnackPacket {
  return { type: CONNACK, sessionPresent, returnCode };
}

function check({ sessionPresent, returnCode }: ConnackPacket): number {
  checkInteger('§3.2.2.3', 'returnCode', returnCode, 0, 5);
  if (sessionPresent && returnCode > 0)
    throw new ProtocolError('MQTT-3.2.2-4', `sessionPresent with returnCode ${returnCode}`);
  return 2;
}

function write({ sessionPresent, returnCode }: ConnackPacket, target: Uint8Array, offset: number): number {
  offset = writeByte(sessionPresent ? 1 : 0, target, offset);
  return writeByte(returnCode, target, offset);
}

function read(reader: Reader): ConnackPacket {
  const flags = reader.byte('flags');
  checkInteger('§3.2.2.1', 'flags', flags, 0, 1);
  return { type: CONNACK, sessionPresent: flags === 1, returnCode: reader.byte('returnCode') };
}

export const connackEncoder: PacketEncoder<ConnackPacket> = { check, write };
export const connackDecoder: PacketDecoder<ConnackPacket> = { check, read };
