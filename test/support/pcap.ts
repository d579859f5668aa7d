// Writes captures: TCP connections over IPv4 or IPv6, over Ethernet, loopback or raw IP.

export interface Sent {
  readonly isClient: boolean;
  readonly bytes: Uint8Array;
  /** Relative to the beginning of its direction; undefined: behind what was sent before. */
  readonly offset?: number;
}

export interface Wire {
  readonly link: 'ethernet' | 'loopback' | 'raw';
  readonly version: 4 | 6;
  readonly port: number;
  readonly clientPort?: number;
  readonly hasHandshake: boolean;
  readonly isPcapng: boolean;
}

const LINKS = { ethernet: 1, loopback: 0, raw: 101 } as const;

/** Bytes of a segment, at most. */
const MOST = 1400;

/** A file of one connection. Sequence numbers begin just below 2^32. */
export function captureFile(wire: Wire, sent: readonly Sent[]): Uint8Array {
  const next = { client: 0xffff_fff0, server: 0xffff_ff00 };
  const frames: Buffer[] = [];
  const add = (isClient: boolean, sequence: number, flags: number, bytes: Uint8Array) =>
    frames.push(frame(wire, isClient, sequence >>> 0, flags, bytes));
  if (wire.hasHandshake) {
    add(true, next.client - 1, 2, Buffer.alloc(0));
    add(false, next.server - 1, 0x12, Buffer.alloc(0));
  }
  const begin = { ...next };
  for (const { isClient, bytes, offset } of sent) {
    const side = isClient ? 'client' : 'server';
    const sequence = offset === undefined ? next[side] : begin[side] + offset;
    for (let at = 0; at < bytes.length; at += MOST) add(isClient, sequence + at, 0x18, bytes.subarray(at, at + MOST));
    next[side] = Math.max(next[side], sequence + bytes.length);
  }
  return wire.isPcapng ? pcapng(LINKS[wire.link], frames) : pcap(LINKS[wire.link], frames);
}

function frame(wire: Wire, isClient: boolean, sequence: number, flags: number, bytes: Uint8Array): Buffer {
  const { port, clientPort = 50_000 } = wire;
  const ports = isClient ? [clientPort, port] : [port, clientPort];
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(ports[0]!, 0);
  tcp.writeUInt16BE(ports[1]!, 2);
  tcp.writeUInt32BE(sequence, 4);
  tcp[12] = 0x50;
  tcp[13] = flags;
  tcp.writeUInt16BE(0xffff, 14);
  const segment = Buffer.concat([tcp, bytes]);
  const packet = wire.version === 4 ? ipv4(segment, isClient) : ipv6(segment, isClient);
  if (wire.link === 'raw') return packet;
  if (wire.link === 'loopback') return Buffer.concat([Buffer.from([wire.version === 4 ? 2 : 30, 0, 0, 0]), packet]);
  const ethernet = Buffer.from(`000000000002000000000001${wire.version === 4 ? '0800' : '86dd'}`, 'hex');
  return Buffer.concat([ethernet, packet, Buffer.alloc(Math.max(0, 46 - packet.length))]); // frames have 60 bytes or more
}

function ipv4(segment: Buffer, isClient: boolean): Buffer {
  const header = Buffer.from(`450000000000400040060000${isClient ? '0a0000010a000002' : '0a0000020a000001'}`, 'hex');
  header.writeUInt16BE(20 + segment.length, 2);
  return Buffer.concat([header, segment]);
}

function ipv6(segment: Buffer, isClient: boolean): Buffer {
  const [client, server] = [`${'0'.repeat(31)}1`, `${'0'.repeat(31)}2`];
  const addresses = isClient ? client + server : server + client;
  // a hop-by-hop header of padding stands between
  const header = Buffer.from(`6000000000000040${addresses}0600010400000000`, 'hex');
  header.writeUInt16BE(8 + segment.length, 4);
  return Buffer.concat([header, segment]);
}

function pcap(link: number, frames: readonly Buffer[]): Buffer {
  const header = Buffer.from('d4c3b2a1020004000000000000000000000004000000000000', 'hex').subarray(0, 24);
  header.writeUInt32LE(link, 20);
  const records = frames.flatMap((each, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(i, 0);
    record.writeUInt32LE(each.length, 8);
    record.writeUInt32LE(each.length, 12);
    return [record, each];
  });
  return Buffer.concat([header, ...records]);
}

/** Big-endian, so that both orders are tried. */
function pcapng(link: number, frames: readonly Buffer[]): Buffer {
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)];
    head.writeUInt32BE(type, 0);
    head.writeUInt32BE(padded.length + 12, 4);
    tail.writeUInt32BE(padded.length + 12, 0);
    return Buffer.concat([head, padded, tail]);
  };
  const face = Buffer.alloc(8);
  face.writeUInt16BE(link, 0);
  const packets = frames.map((each, i) => {
    const head = Buffer.alloc(20);
    head.writeUInt32BE(i, 8);
    head.writeUInt32BE(each.length, 12);
    head.writeUInt32BE(each.length, 16);
    return block(6, Buffer.concat([head, each]));
  });
  const section = block(0x0a0d0d0a, Buffer.from('1a2b3c4d00010000ffffffffffffffff', 'hex'));
  return Buffer.concat([section, block(1, face), ...packets]);
}

/** A frame of WebSocket with 7, 16 or 64 bits of length; masked, when the client sends it. */
export function webSocketFrame(bytes: Uint8Array, isClient: boolean, opcode = 2): Buffer {
  const size = bytes.length;
  const length = size < 126 ? Buffer.from([size]) : size < 65_536 ? Buffer.alloc(3, 126) : Buffer.alloc(9, 127);
  if (length.length === 3) length.writeUInt16BE(size, 1);
  if (length.length === 9) length.writeBigUInt64BE(BigInt(size), 1);
  if (!isClient) return Buffer.concat([Buffer.from([0x80 | opcode]), length, bytes]);
  length[0]! |= 0x80;
  const key = Buffer.from([0x11, 0x22, 0x33, 0x44]);
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, key, bytes.map((byte, i) => byte ^ key[i & 3]!)]);
}
