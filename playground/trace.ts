// What passes through a connection: a transport that looks at the bytes in both directions.
import { type ConnectPacket, Decoder, encode, type Packet, PacketType } from '../src/codec/codec.ts';
import type { Transport, TransportFactory } from '../src/connection/transport.ts';

/** A packet on its way, or what happened to the connection. */
export type Occurrence = Passage | { readonly at: number; readonly note: string };

export interface Passage {
  /** Milliseconds, of `performance.now()`. */
  readonly at: number;
  readonly direction: 'sent' | 'received';
  /** As they were on the wire, but for a password, which is `*`. */
  readonly bytes: Uint8Array;
  /** undefined: nothing legal. */
  readonly packet: Packet | undefined;
}

export function isPassage(occurrence: Occurrence): occurrence is Passage {
  return 'direction' in occurrence;
}

export interface Tap {
  readonly transport: TransportFactory;
  /** Ends the connection without a DISCONNECT, as a cut would. */
  cut(): void;
}

/** Looks at all that passes through connections of `transport`. */
export function tap(transport: TransportFactory, tell: (occurrence: Occurrence) => void): Tap {
  let cut = () => {};
  const tapped: TransportFactory = (url, events) => {
    const sent = splitter('sent', tell);
    const received = splitter('received', tell);
    let isOver = false;
    const closed = (cause?: unknown, code?: number) => {
      if (isOver) return;
      isOver = true;
      tell({
        at: performance.now(),
        note: code === undefined ? 'connection closed' : `connection closed, code ${code}`,
      });
      events.closed(cause, code);
    };
    const inner: Transport = transport(url, {
      opened() {
        tell({ at: performance.now(), note: 'WebSocket open' });
        events.opened();
      },
      received(chunk) {
        received(chunk);
        events.received(chunk);
      },
      drained: () => events.drained(),
      closed,
    });
    cut = () => {
      inner.close();
      closed('cut by hand');
    };
    return {
      send(bytes) {
        sent(bytes);
        inner.send(bytes);
      },
      close: () => inner.close(),
      abort: () => (inner.abort ? inner.abort() : inner.close()),
      bufferedAmount: () => inner.bufferedAmount?.() ?? 0,
      reportsDrained: inner.reportsDrained ?? false,
    };
  };
  return { transport: tapped, cut: () => cut() };
}

/** Takes packets out of a stream, with the bytes that each of them had. */
function splitter(direction: Passage['direction'], tell: (passage: Passage) => void): (chunk: Uint8Array) => void {
  const decoder = new Decoder();
  let pending = new Uint8Array();
  let isBroken = false;
  return (chunk) => {
    if (isBroken) return;
    const at = performance.now();
    pending = Uint8Array.of(...pending, ...chunk);
    decoder.push(chunk);
    const take = (packet: Packet | undefined, end: number) => {
      const bytes = pending.slice(0, end);
      pending = pending.slice(end);
      tell({ at, direction, packet, bytes: packet?.type === PacketType.CONNECT ? withoutPassword(packet) : bytes });
    };
    try {
      for (let packet = decoder.read(); packet !== undefined; packet = decoder.read())
        take(packet, pending.length - decoder.bufferedBytes);
    } catch {
      isBroken = true;
      take(undefined, pending.length);
    }
  };
}

function withoutPassword(packet: ConnectPacket): Uint8Array {
  const { password } = packet;
  return encode({ ...packet, password: password && new Uint8Array(password.length).fill(0x2a) });
}
