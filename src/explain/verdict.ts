// What is wrong with a packet.

import { type Decoder, encodedLength, ProtocolError } from '../codec/codec.ts';
import type { Clause } from '../codec/error.ts';

/** The section that says where a packet ends. */
const FRAMING: Clause = '§2.2.3';

/** What is wrong with the next packet. */
export function verdictOf(decoder: Decoder): ProtocolError | undefined {
  try {
    const packet = decoder.read();
    if (packet !== undefined) {
      encodedLength(packet); // throws for what a decoder accepts and a client must not send
      return undefined;
    }
  } catch (error) {
    return error as ProtocolError;
  }
  return new ProtocolError(FRAMING, 'the packet is incomplete');
}
