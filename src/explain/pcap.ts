// Captures of pcap and pcapng: the TCP segments in them.

/** A TCP segment, as it was seen. */
export interface Segment {
  /** Address and port. */
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly isAck: boolean;
  readonly payload: Uint8Array;
}

const PCAP = [0xa1b2c3d4, 0xa1b23c4d]; // with microseconds, with nanoseconds
const PCAPNG = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function isPcap(file: Uint8Array): boolean {
  if (file.length < 24) return false;
  const view = viewOf(file);
  return view.getUint32(0) === PCAPNG || [false, true].some((little) => PCAP.indexOf(view.getUint32(0, little)) !== -1);
}

/** In the order of the file. What is not TCP over IP is left out. */
export function segmentsIn(file: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  const take = (link: number, frame: Uint8Array) => {
    const packet = packetIn(link, frame);
    const segment = packet && segmentIn(packet);
    if (segment !== undefined) segments.push(segment);
  };
  if (viewOf(file).getUint32(0) === PCAPNG) readPcapng(file, take);
  else readPcap(file, take);
  return segments;
}

type Take = (link: number, frame: Uint8Array) => void;

function readPcap(file: Uint8Array, take: Take): void {
  const view = viewOf(file);
  const little = PCAP.indexOf(view.getUint32(0, true)) !== -1;
  const link = view.getUint32(20, little) & 0xffff;
  for (let at = 24; at + 16 <= file.length; ) {
    const size = view.getUint32(at + 8, little);
    take(link, file.subarray(at + 16, at + 16 + size));
    at += 16 + size;
  }
}

function readPcapng(file: Uint8Array, take: Take): void {
  const view = viewOf(file);
  let little = false;
  let links: number[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    const type = view.getUint32(at, little);
    if (type === PCAPNG) {
      little = view.getUint32(at + 8, true) === BYTE_ORDER;
      links = []; // each section counts its interfaces itself
    }
    const size = view.getUint32(at + 4, little);
    if (size < 12 || at + size > file.length) return; // the capture was cut off here
    if (type === 1) links.push(view.getUint16(at + 8, little));
    if (type === 3) take(links[0]!, file.subarray(at + 12, at + size - 4));
    if (type === 6) {
      const captured = view.getUint32(at + 20, little);
      take(links[view.getUint32(at + 8, little)]!, file.subarray(at + 28, at + 28 + captured));
    }
    at += size;
  }
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN_TAGS = [0x8100, 0x88a8];

/** The IP packet in a frame, by the link types of tcpdump.org. */
function packetIn(link: number, frame: Uint8Array): Uint8Array | undefined {
  switch (link) {
    case 0: // BSD loopback
    case 108:
      return frame.subarray(4);
    case 1: {
      let at = 12;
      while (VLAN_TAGS.indexOf(uint16(frame, at)) !== -1) at += 4;
      return ofIp(uint16(frame, at), frame.subarray(at + 2));
    }
    case 12: // raw IP
    case 14:
    case 101:
    case 228:
    case 229:
      return frame;
    case 113: // Linux cooked
      return ofIp(uint16(frame, 14), frame.subarray(16));
    case 276:
      return ofIp(uint16(frame, 0), frame.subarray(20));
    default:
      throw new RangeError(
        `this is a capture of link type ${link}, which is none of Ethernet, loopback, raw IP or Linux cooked`,
      );
  }
}

function ofIp(type: number, packet: Uint8Array): Uint8Array | undefined {
  return type === IPV4 || type === IPV6 ? packet : undefined;
}

const TCP = 6;
const EXTENSIONS = [0, 43, 60]; // hop-by-hop, routing, destination

function segmentIn(packet: Uint8Array): Segment | undefined {
  if (packet[0]! >> 4 === 4) {
    const isFragment = (uint16(packet, 6) & 0x1fff) !== 0;
    if (packet.length < 20 || packet[9] !== TCP || isFragment) return undefined;
    const size = uint16(packet, 2) || packet.length; // 0: the network card was to cut it
    const address = (at: number) => packet.subarray(at, at + 4).join('.');
    return segmentOf(packet.subarray((packet[0]! & 15) * 4, size), address(12), address(16));
  }
  if (packet[0]! >> 4 !== 6 || packet.length < 40) return undefined;
  let next = packet[6]!;
  let at = 40;
  while (EXTENSIONS.indexOf(next) !== -1 && at < packet.length)
    [next, at] = [packet[at]!, at + 8 * (packet[at + 1]! + 1)];
  if (next !== TCP) return undefined;
  const end = uint16(packet, 4) === 0 ? packet.length : 40 + uint16(packet, 4);
  const address = (from: number) => `[${packet.subarray(from, from + 16).join('.')}]`;
  return segmentOf(packet.subarray(at, end), address(8), address(24));
}

function segmentOf(bytes: Uint8Array, from: string, to: string): Segment | undefined {
  if (bytes.length < 20) return undefined;
  const [fromPort, toPort] = [uint16(bytes, 0), uint16(bytes, 2)];
  const flags = bytes[13]!;
  return {
    from: `${from}:${fromPort}`,
    to: `${to}:${toPort}`,
    fromPort,
    toPort,
    sequence: viewOf(bytes).getUint32(4),
    isSyn: (flags & 2) !== 0,
    isAck: (flags & 16) !== 0,
    payload: bytes.subarray((bytes[12]! >> 4) * 4),
  };
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
