/*
 * 3.2 CONNACK: the server answers the CONNECT.
 *
 *         7    6    5    4    3    2    1    0
 * byte 1  0    0    1    0    0    0    0    0       type 2
 * byte 2  0    0    0    0    0    0    1    0       Remaining Length 2
 * byte 3  0    0    0    0    0    0    0    SP      Connect Acknowledge Flags: Session Present
 * byte 4  Connect Return code                        0 accepted, 1 to 5 refused (Table 3.1)
 */
import { integer } from '../check.ts';
import { refuse } from '../error.ts';
import { readByte } from '../read.ts';
import { putByte } from '../write.ts';
import type { PacketType, PutBody, ReadBody } from './packet.ts';

export interface ConnackPacket {
  readonly type: typeof PacketType.CONNACK;
  readonly sessionPresent: boolean;
  /** 0: accepted, 1 to 5: refused (Table 3.1). */
  readonly returnCode: number;
}

/** A CONNACK that accepts, unless told otherwise. */
export const connack = ({
  sessionPresent = false,
  returnCode = 0,
}: Partial<Omit<ConnackPacket, 'type'>> = {}): ConnackPacket => ({ type: 2, sessionPresent, returnCode });

export const putConnack: PutBody<ConnackPacket> = (target, offset, { sessionPresent, returnCode }) => {
  integer(returnCode, 0, 5, '§3.2.2.3', 'returnCode');
  if (sessionPresent && returnCode) refuse('MQTT-3.2.2-4', 'sessionPresent', `be set with returnCode ${returnCode}`);
  return putByte(target, putByte(target, offset, sessionPresent ? 1 : 0), returnCode);
};

export const readConnack: ReadBody<ConnackPacket> = () => ({
  type: 2,
  sessionPresent: integer(readByte('flags'), 0, 1, '§3.2.2.1', 'flags') > 0,
  returnCode: readByte('returnCode'),
});
