// 6 Using WebSocket as a network transport, over any WebSocket there is.
import { ProtocolError } from '../codec/error.ts';
import type { Transport, TransportEvents, TransportFactory } from './transport.ts';

/** The part of a WebSocket that is used: of a browser, of `ws`, of Deno, Bun, workerd, React Native … */
export interface WebSocketLike {
  readonly readyState: number;
  readonly protocol?: string | null;
  readonly bufferedAmount?: number;
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  /** `never`: what else it takes differs between platforms, and between versions of their types. */
  send(data: never): void;
  close(code?: number): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[], options?: object) => WebSocketLike;

/** What `ws` has and the others do not. */
interface NodeWebSocket extends WebSocketLike {
  send(data: Uint8Array, callback?: ((error?: Error) => void) | undefined): void;
  terminate(): void;
  /** Its net.Socket. The bytes of a frame show nowhere else before all of them have come, or have gone. */
  readonly _socket?: { readonly bytesRead: number; readonly _handle?: { readonly writeQueueSize?: number } | null };
}

const CONNECTING = 0;
const OPEN = 1;

/**
 * MQTT over a WebSocket: binary frames only [MQTT-6.0.0-1], subprotocol `mqtt` is offered first
 * [MQTT-6.0.0-3], and checked when it comes back [MQTT-6.0.0-4], since there are platforms that open without it.
 *
 * Node's own WebSocket cannot be cut: a connection whose peer is silent stays open, and the process does not end. What ends it
 * stands in docs/client.md, "Sockets".
 *
 * @param webSocket a constructor, used for every connection; or one WebSocket made elsewhere, good for one
 * @param options what the constructor takes besides: with `ws` ca, headers, agent and others; headers in React Native,
 *   Bun, Deno and Node's own. In a browser and in workerd it takes nothing, and each attempt ends with TypeError
 * @param protocols more subprotocols to offer, for servers that look for one
 */
export function webSocketTransport(
  webSocket: WebSocketConstructor | WebSocketLike,
  options?: object,
  protocols: readonly string[] = [],
): TransportFactory {
  return (url, events) => {
    const socket = typeof webSocket === 'function' ? open(webSocket, url, protocols, options) : webSocket;
    // Bun's own socket has `terminate` too, but no `pause`, and its send() calls nobody back.
    const isOfNode = 'terminate' in socket && 'pause' in socket;
    return isOfNode ? new NodeTransport(socket as NodeWebSocket, events) : new WebSocketTransport(socket, events);
  };
}

/** The same for the platform's own constructor, without what only `ws` needs, so that it is small. */
export function ownTransport(
  WebSocket: WebSocketConstructor,
  options?: object,
  protocols: readonly string[] = [],
): TransportFactory {
  return (url, events) => new WebSocketTransport(open(WebSocket, url, protocols, options), events);
}

function open(
  WebSocket: WebSocketConstructor,
  url: string,
  others: readonly string[],
  options: object | undefined,
): WebSocketLike {
  const protocols = ['mqtt', ...others];
  if (!/^wss?:\/\/[^/]/i.test(url)) {
    const scheme = /^\w+s:/i.test(url) ? 'wss' : 'ws'; // in place of mqtts or https, or of mqtt or http
    throw new TypeError(`url must begin with ws:// or wss:// and a host: write ${scheme}://`);
  }
  try {
    if (!options) return new WebSocket(url, protocols);
    // The platform's own has two parameters, and where it takes options, they stand in place of the protocols. It
    // throws a SyntaxError where it does not. A constructor from elsewhere does as `ws`, and so does React Native's own.
    const isOwn = WebSocket === (globalThis as { WebSocket?: unknown }).WebSocket && WebSocket.length < 3;
    return isOwn ? new WebSocket(url, { ...options, protocols } as never) : new WebSocket(url, protocols, options);
  } catch (error) {
    if ((error as Error).name !== 'SyntaxError') throw error;
    throw new TypeError('this WebSocket takes no such url or no webSocketOptions'); // the url may hold a secret
  }
}

class WebSocketTransport implements Transport {
  protected readonly socket: WebSocketLike;
  protected events: TransportEvents | undefined; // until it is over

  constructor(socket: WebSocketLike, events: TransportEvents) {
    this.socket = socket;
    this.events = events;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.opened();
    socket.onmessage = ({ data }: { data: string | ArrayBuffer | Uint8Array }) => {
      if (typeof data === 'string') this.fail(new ProtocolError('MQTT-6.0.0-1', 'the peer sent a text frame'));
      else this.events?.received(ArrayBuffer.isView(data) ? data : new Uint8Array(data));
    };
    // there are platforms where an error comes without a close, ever, and leaves the socket open
    socket.onerror = ({ message = '', error }: { message?: string; error?: unknown }) =>
      this.fail(/subprotocol/i.test(message) ? wrongSubprotocol(message) : (error ?? (message || undefined)));
    socket.onclose = ({ code }: { code?: number }) => this.end(undefined, code);
    if (socket.readyState !== CONNECTING)
      void Promise.resolve().then(() =>
        socket.readyState === OPEN ? this.opened() : this.end('it is closed already'),
      );
  }

  send(bytes: Uint8Array): void {
    // The peer's Close frame has come: a WebSocket discards whatever it is given from now on.
    if (this.socket.readyState !== OPEN) return this.fail('the peer is closing it');
    this.write(bytes);
  }

  protected write(bytes: Uint8Array): void {
    this.socket.send(bytes as never);
  }

  bufferedAmount(): number {
    return this.socket.bufferedAmount ?? 0;
  }

  close(): void {
    this.socket.close(1000); // most platforms throw at most other codes, and there are brokers that fail without one
  }

  abort(): void {
    this.events = undefined;
    this.close();
  }

  private opened(): void {
    const { protocol } = this.socket;
    this.socket.onopen = null; // a listener takes 200 bytes with `ws`
    if (protocol === 'mqtt') this.events?.opened();
    else this.fail(wrongSubprotocol(`'${protocol ?? ''}'`));
  }

  protected fail(cause: unknown): void {
    if (!this.events) return;
    this.end(cause);
    this.abort();
  }

  private end(cause: unknown, code?: number): void {
    const { events } = this;
    this.events = undefined;
    events?.closed(cause, code);
  }
}

/** Over a socket of `ws`, which tells what has left, and can be cut. */
class NodeTransport extends WebSocketTransport {
  readonly reportsDrained = true;
  declare protected readonly socket: NodeWebSocket;
  private queued = 0; // bytes that the system had not taken at the last look
  private leftQueue = 0; // bytes that it has taken since, seen from one look to the next

  constructor(socket: NodeWebSocket, events: TransportEvents) {
    super(socket, events);
    socket.binaryType = 'nodebuffer'; // ws would copy for an ArrayBuffer
  }

  protected override write(bytes: Uint8Array): void {
    this.socket.send(bytes, (error) => (error ? this.fail(error) : this.events?.drained()));
  }

  bytesMoved(): number {
    const { bytesRead = 0, _handle } = this.socket._socket ?? {};
    const queued = _handle?.writeQueueSize ?? 0;
    this.leftQueue += Math.max(this.queued - queued, 0);
    this.queued = queued;
    return bytesRead + this.leftQueue;
  }

  override abort(): void {
    this.events = undefined;
    this.socket.terminate();
  }
}

function wrongSubprotocol(found: string): ProtocolError {
  return new ProtocolError('MQTT-6.0.0-4', `the server did not select subprotocol 'mqtt': ${found}`);
}
