// MQTT out of files that other programs have written: pcap and pcapng, over TCP or over WebSocket, and HAR.

import { textOf } from '#text';
import { type Origin, type Part, partsOf } from './packets.ts';
import { bytesIn } from './pasted.ts';
import { isPcap, segmentsIn } from './pcap.ts';
import { type Chunk, connectionsOf, type Half } from './tcp.ts';

/** The packets of all connections in the order in which they were complete. */
export interface Capture {
  readonly bytes: Uint8Array;
  readonly parts: readonly Part[];
  /** What is not in it, and why. */
  readonly notes: readonly string[];
}

/** One direction of a connection. */
interface Stream {
  readonly direction: Origin['direction'];
  readonly connection: number;
  readonly chunks: readonly Chunk[];
}

const HAR = /^\s*\{\s*"log"\s*:/;

/** What a file has captured; undefined: it is no capture. Throws RangeError when there is no MQTT in it. */
export function captureIn(file: Uint8Array): Capture | undefined {
  const notes: string[] = [];
  if (isPcap(file)) return captureOf(streamsOfPcap(file, notes), notes);
  const text = file[0] === 0x7b || file[0] === 0x0a || file[0] === 0x20 ? textOf(file) : undefined;
  return text !== undefined && HAR.test(text) ? captureOf(streamsOfHar(text, notes), notes) : undefined;
}

function captureOf(streams: readonly Stream[], notes: readonly string[]): Capture {
  const passed = streams.flatMap(({ direction, connection, chunks }) => {
    const bytes = joined(chunks.map((chunk) => chunk.bytes));
    const timeOf = clock(chunks);
    return partsOf(bytes, 0, { direction, connection }).map((part) => ({ part, bytes, time: timeOf(part.end) }));
  });
  passed.sort((a, b) => a.time - b.time);
  let end = 0;
  const parts = passed.map(({ part }) => {
    const start = end;
    end += part.end - part.start;
    return { ...part, start, end };
  });
  return { bytes: joined(passed.map(({ part, bytes }) => bytes.subarray(part.start, part.end))), parts, notes };
}

/** When the byte before an offset came. Offsets must not fall. */
function clock(chunks: readonly Chunk[]): (offset: number) => number {
  let index = -1;
  let end = 0;
  return (offset) => {
    while (end < offset) end += chunks[++index]!.bytes.length;
    return chunks[index]!.time;
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function streamsOfPcap(file: Uint8Array, notes: string[]): Stream[] {
  const connections = connectionsOf(segmentsIn(file)).map((halves) => halves.map(contentOf));
  const found = connections.filter((halves) => halves.some(isMqtt));
  if (found.length === 0) throw new RangeError(nothingIn(connections));
  return found.flatMap((halves, i) => {
    const client = halves.filter(isOfClient)[0];
    return halves.map((content) => {
      const { half, chunks, problem } = content;
      const isSent = client === undefined ? content.half.toPort === 1883 : content === client;
      const direction = isSent ? 'sent' : 'received';
      const where = `connection ${i + 1}, what the client ${direction}`;
      if (half.isCut) notes.push(`${where}: the capture lacks bytes, and all behind them is left out`);
      if (problem !== undefined) notes.push(`${where}: ${problem}`);
      return { direction, connection: i + 1, chunks };
    });
  });
}

/** What one side said, without the frames of WebSocket. */
interface Content {
  readonly half: Half;
  readonly chunks: readonly Chunk[];
  /** The head of HTTP, if there is one. */
  readonly head: string;
  readonly isTls: boolean;
  readonly problem: string | undefined;
}

/** CONNECT with the name of the protocol, in 3.1.1 or in 3.1. */
const CONNECT = /^10(?:..){1,4}(?:00044d515454|00064d5149736470)/;

const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
const beginningOf = (chunks: readonly Chunk[]) =>
  Array.from(joined(chunks.slice(0, 16).map(({ bytes }) => bytes)).subarray(0, 16), (byte) =>
    (byte + 0x100).toString(16).slice(1),
  ).join('');

function contentOf(half: Half): Content {
  const bytes = joined(half.chunks.map((chunk) => chunk.bytes));
  const isTls = bytes[0] === 0x16 && bytes[1] === 3;
  const [head = ''] = /^(?:GET |HTTP\/1\.1 101)[\s\S]*?\r\n\r\n/.exec(latin1(bytes.subarray(0, 16_384))) ?? [];
  if (head === '') return { half, chunks: half.chunks, head, isTls, problem: undefined };
  return { half, head, isTls, ...framesIn(bytes, head.length, clock(half.chunks)) };
}

function isMqtt({ half, chunks, head, isTls }: Content): boolean {
  if (/^sec-websocket-protocol:.*mqtt/im.test(head)) return true;
  return !isTls && chunks.length > 0 && (half.toPort === 1883 || CONNECT.test(beginningOf(chunks)));
}

function isOfClient({ half, chunks, head }: Content): boolean {
  return half.isOpener ?? (/^GET/.test(head) || CONNECT.test(beginningOf(chunks)));
}

function nothingIn(connections: readonly (readonly Content[])[]): string {
  const count = `${connections.length} TCP ${connections.length === 1 ? 'connection' : 'connections'}`;
  const isTls = connections.some((halves) => halves.some((content) => content.isTls));
  const hint = isTls ? '; TLS hides it: capture ws:// or mqtt://, or save a HAR file in the browser' : '';
  return `this capture has ${count}, and no MQTT in it${hint}`;
}

/** RFC 6455, 5.2: the content of binary frames, from `start` on. */
function framesIn(bytes: Uint8Array, start: number, timeOf: (offset: number) => number) {
  const chunks: Chunk[] = [];
  let isText = false;
  for (let at = start; at + 2 <= bytes.length; ) {
    const [first, second] = [bytes[at]!, bytes[at + 1]!];
    if ((first & 0x40) !== 0) return { chunks, problem: 'the frames are compressed, and cannot be read' };
    const width = [2, 8][(second & 0x7f) - 126] ?? 0; // bytes of the length, if it is longer than 125
    let size = width === 0 ? second & 0x7f : 0;
    for (let i = 0; i < width; i++) size = size * 256 + bytes[at + 2 + i]!;
    const isMasked = second >> 7 === 1;
    const key = at + 2 + width;
    const content = key + (isMasked ? 4 : 0);
    const end = content + size;
    if (!(end <= bytes.length)) break; // the capture was cut off here
    const opcode = first & 0x0f;
    if (opcode === 1) isText = true;
    if (opcode < 3 && size > 0) {
      const payload = bytes.slice(content, end);
      if (isMasked) for (let i = 0; i < size; i++) payload[i]! ^= bytes[key + (i & 3)]!;
      chunks.push({ time: timeOf(end), bytes: payload });
    }
    at = end;
  }
  return { chunks, problem: isText ? 'text frames, which MQTT forbids [MQTT-6.0.0-1]' : undefined };
}

interface Message {
  readonly type: 'send' | 'receive';
  readonly time: number;
  readonly opcode: number;
  readonly data: string;
}

interface Har {
  readonly log?: { readonly entries?: readonly { readonly _webSocketMessages?: readonly Message[] }[] };
}

function harIn(text: string): Har {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RangeError(`this HAR file is not whole: ${(error as Error).message}`);
  }
}

/** Chromium saves the messages of a WebSocket as `_webSocketMessages`, binary ones in base64. */
function streamsOfHar(text: string, notes: string[]): Stream[] {
  const { log } = harIn(text);
  const connections = (log?.entries ?? []).flatMap(({ _webSocketMessages: messages }) => (messages ? [messages] : []));
  const streams = connections.flatMap((messages, i) => {
    if (messages.some(({ opcode }) => opcode === 1)) notes.push(`connection ${i + 1}: text frames are left out`);
    const binary = messages.filter(({ opcode, data }) => opcode === 2 && data !== '');
    return (['send', 'receive'] as const).map((type) => ({
      direction: type === 'send' ? ('sent' as const) : ('received' as const),
      connection: i + 1,
      chunks: binary
        .filter((message) => message.type === type)
        .map(({ time, data }) => ({ time, bytes: bytesIn(data, 'base64') })),
    }));
  });
  if (streams.every(({ chunks }) => chunks.length === 0))
    throw new RangeError(
      'this HAR file has no binary messages of a WebSocket; save it in Chromium, with the page open since it connected',
    );
  return streams;
}
