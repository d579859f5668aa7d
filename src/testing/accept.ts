// 6: a connection of a WebSocket server, or of anything that sends and receives bytes.
import { ProtocolError } from '../codec/error.ts';
import type { ClientEnd, Link } from './link.ts';

/** The part of a socket that is used. A WebSocket of `ws`, Deno or workerd has it, once it is open. */
export interface SocketLike {
  /** The subprotocol, where there is such a thing: `mqtt`. */
  readonly protocol?: string | null | undefined;
  binaryType?: string | undefined;
  /** Bytes that it holds until the client takes them. */
  readonly bufferedAmount?: number | undefined;
  onmessage: ((event: never) => void) | null;
  onerror?: ((event: never) => void) | null;
  onclose?: ((event: never) => void) | null;
  send(bytes: never): void;
  close(): void;
  /** Cuts the connection at once. */
  terminate?: (() => void) | undefined;
}

export function clientEndOf(socket: SocketLike): ClientEnd {
  return {
    socket,
    received: (bytes) => {
      try {
        (socket.send as (bytes: Uint8Array) => void)(bytes);
      } catch {
        // it is closing: its end will be told
      }
    },
    closed: (cause) => (cause && socket.terminate ? socket.terminate() : socket.close()),
  };
}

export function listenTo(socket: SocketLike, link: Link): void {
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (typeof data === 'string') link.peer.end(new ProtocolError('MQTT-6.0.0-1', 'the client sent a text frame'));
    else link.write(new Uint8Array(data as ArrayBuffer));
  };
  socket.onclose = () => link.abandon();
  socket.onerror = () => link.abandon();
  const protocol = socket.protocol ?? 'mqtt';
  if (protocol !== 'mqtt')
    link.peer.end(new ProtocolError('MQTT-6.0.0-4', `the subprotocol must be 'mqtt', not '${protocol}'`));
}
