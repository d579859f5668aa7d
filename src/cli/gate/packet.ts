import { type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import { Refusal } from './rule.ts';

const PROTOCOL_NAME = Buffer.from('\0\x04MQTT');
const PROTOCOL_LEVEL = 4; // MQTT 3.1.1

/** Whole packets out of a stream of chunks: WebSocket frames are no packet boundaries [MQTT-6.0.0-2]. */
export class PacketSplitter {
  private kept: Buffer = Buffer.alloc(0); // the beginning of a packet that is not whole yet
  private readonly maxPacketSize: number;

  constructor(maxPacketSize: number) {
    this.maxPacketSize = maxPacketSize;
  }

  *split(chunk: Buffer): Generator<Buffer> {
    this.kept = Buffer.concat([this.kept, chunk]);
    for (;;) {
      const size = packetSize(this.kept);
      if (size === undefined) return;
      if (size > this.maxPacketSize) throw new Error(`a packet of ${size} bytes`);
      if (size > this.kept.length) return;
      const packet = this.kept.subarray(0, size);
      this.kept = this.kept.subarray(size);
      yield packet;
    }
  }
}

/** One whole packet as an object. */
export function parse(bytes: Buffer): Packet {
  let found: Packet | undefined;
  parser()
    .on('packet', (packet) => {
      found = packet;
    })
    .on('error', (error) => {
      throw error;
    })
    .parse(bytes);
  if (found === undefined) throw new Error('a malformed packet');
  return found;
}

/**
 * The first packet of a connection. Name and level are read here because a parser only knows what it can parse: the
 * gate must answer a level it does not know [MQTT-3.1.2-2].
 */
export function parseConnect(bytes: Buffer): IConnectPacket {
  if (bytes[0] !== 0x10) throw new Error('a first packet that is not CONNECT'); // [MQTT-3.1.0-1]
  const body = bytes.subarray(headerSize(bytes));
  const level = body[PROTOCOL_NAME.length];
  if (level === undefined || !body.subarray(0, PROTOCOL_NAME.length).equals(PROTOCOL_NAME)) {
    throw new Error('a protocol name other than MQTT');
  }
  if (level !== PROTOCOL_LEVEL) throw new Refusal(1, `protocol level ${level}`);
  return parse(bytes) as IConnectPacket;
}

/** Size of the packet that begins here, or undefined until its Remaining Length has arrived. */
function packetSize(bytes: Buffer): number | undefined {
  let remainingLength = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    remainingLength += (byte & 0x7f) << (7 * (i - 1));
    if ((byte & 0x80) === 0) return 1 + i + remainingLength;
  }
  throw new Error('a Remaining Length of more than four bytes');
}

function headerSize(packet: Buffer): number {
  return packet.findIndex((byte, i) => i > 0 && (byte & 0x80) === 0) + 1;
}
