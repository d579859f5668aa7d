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
}

const CONNECTING = 0;
const OPEN = 1;

/**
 * MQTT over a WebSocket: binary frames only [MQTT-6.0.0-1], subprotocol `mqtt` and nothing else offered
 * [MQTT-6.0.0-3], and checked when it comes back [MQTT-6.0.0-4], since there are platforms that open without it.
 *
 * @param webSocket a constructor, used for every connection; or one WebSocket made elsewhere, good for one
 * @param options the constructor's third argument, as `ws` takes it: ca, headers, agent …
 */
export function webSocketTransport(
  webSocket: WebSocketConstructor | WebSocketLike,
  options?: object,
): TransportFactory {
  return (url, events) => {
    const socket = typeof webSocket === 'function' ? open(webSocket, url, options) : webSocket;
    return attach(socket, events);
  };
}

function open(WebSocket: WebSocketConstructor, url: string, options: object | undefined): WebSocketLike {
  if (!/^wss?:\/\/[^/]/i.test(url)) throw new TypeError('url must begin with ws:// or wss:// and a host');
  try {
    return options === undefined ? new WebSocket(url, ['mqtt']) : new WebSocket(url, ['mqtt'], options);
  } catch (error) {
    if ((error as Error).name !== 'SyntaxError') throw error;
    throw new TypeError('url is not that of a WebSocket'); // without the url, which may hold a secret
  }
}

function attach(socket: WebSocketLike, events: TransportEvents): Transport {
  // Bun's own has `terminate` too, but no `pause`, and its send() calls nobody back
  const isNode = 'terminate' in socket && 'pause' in socket;
  let isOver = false;
  const end = (cause: unknown, code?: number) => {
    if (isOver) return;
    isOver = true;
    events.closed(cause, code);
  };
  // 1000: most platforms throw at most other codes, and there are brokers that fail on a close without one
  const close = () => socket.close(1000);
  const abort = () => {
    isOver = true;
    if (isNode) (socket as NodeWebSocket).terminate();
    else close();
  };
  const fail = (cause: unknown) => {
    if (isOver) return;
    end(cause);
    abort();
  };
  const opened = () => {
    if (isOver) return;
    if (socket.protocol === 'mqtt') events.opened();
    else fail(wrongSubprotocol(`'${socket.protocol ?? ''}'`));
  };
  const drained = isNode ? (error?: Error) => error || isOver || events.drained() : undefined;

  socket.binaryType = isNode ? 'nodebuffer' : 'arraybuffer'; // ws would copy for an ArrayBuffer
  socket.onopen = opened;
  socket.onmessage = ({ data }: { data: string | ArrayBuffer | Uint8Array }) => {
    if (isOver) return;
    if (typeof data === 'string') return fail(new ProtocolError('MQTT-6.0.0-1', 'the peer sent a text frame'));
    events.received(ArrayBuffer.isView(data) ? data : new Uint8Array(data));
  };
  // there are platforms where an error comes without a close, ever, and leaves the socket open
  socket.onerror = ({ message = '', error }: { message?: string; error?: unknown }) =>
    fail(/subprotocol/i.test(message) ? wrongSubprotocol(message) : (error ?? (message || undefined)));
  socket.onclose = ({ code }: { code?: number }) => end(undefined, code);
  if (socket.readyState !== CONNECTING)
    void Promise.resolve().then(() => (socket.readyState === OPEN ? opened() : end('it is closed already')));

  return {
    send: (bytes) => (socket as NodeWebSocket).send(bytes, drained),
    close,
    abort,
    bufferedAmount: () => socket.bufferedAmount ?? 0,
    reportsDrained: isNode,
  };
}

function wrongSubprotocol(found: string): ProtocolError {
  return new ProtocolError('MQTT-6.0.0-4', `the server did not select subprotocol 'mqtt': ${found}`);
}
