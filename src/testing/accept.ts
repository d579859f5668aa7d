// 6: a connection of a WebSocket server, or of anything that sends and receives bytes.
import { ProtocolError } from '../codec/error.ts';
import type { ClientEnd } from './link.ts';

/** The part of a socket that is used. A WebSocket of `ws`, Deno or workerd has it, once it is open. */
export interface SocketLike {
  /** The subprotocol, where there is such a thing: `mqtt`. */
  readonly protocol?: string | null | undefined;
  binaryType?: string | undefined;
  onmessage: ((event: never) => void) | null;
  onerror?: ((event: never) => void) | null;
  onclose?: ((event: never) => void) | null;
  send(bytes: never): void;
  close(): void;
  /** Cuts the connection at once. */
  terminate?: (() => void) | undefined;
}

/** What a socket tells. */
interface SocketEvents {
  received(bytes: Uint8Array): void;
  /** The client broke a rule of WebSocket. */
  failed(error: Error): void;
  closed(): void;
}

export function clientEndOf(socket: SocketLike): ClientEnd {
  return {
    received: (bytes) => {
      try {
        (socket.send as (bytes: Uint8Array) => void)(bytes);
      } catch {
        // it is closing: its end will be told
      }
    },
    drained: () => {},
    closed: (cause) => (cause && socket.terminate ? socket.terminate() : socket.close()),
  };
}

export function listenTo(socket: SocketLike, events: SocketEvents): void {
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (typeof data === 'string') events.failed(new ProtocolError('MQTT-6.0.0-1', 'the client sent a text frame'));
    else events.received(new Uint8Array(data as ArrayBuffer));
  };
  socket.onclose = () => events.closed();
  socket.onerror = () => events.closed();
  const { protocol } = socket;
  if (protocol !== undefined && protocol !== null && protocol !== 'mqtt')
    events.failed(new ProtocolError('MQTT-6.0.0-4', `the subprotocol must be 'mqtt', not '${protocol}'`));
}
