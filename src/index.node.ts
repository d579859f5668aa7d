// MQTT 3.1.1 in Node, over `ws`: loaded when it is needed, through the one package name in all of src.
import type { Client, ConnectOptions } from './client/client.ts';
import type { AnyOptions, Platform, UrlLike } from './client/options.ts';
import { connectOn, createClientOn } from './client/start.ts';
import { ConnectionLostError } from './connection/error.ts';
import { type WebSocketConstructor, webSocketTransport } from './connection/websocket.ts';

export * from './client/client.ts';

const platform: Platform = async (options) =>
  webSocketTransport(await loadWebSocket(), { ...boundsOf(options), ...options.webSocketOptions }, options.protocols);

/**
 * Makes a client, and connects over `ws` in the background. It keeps trying until `close()`, unless `reconnect` is false
 * or the broker refuses it for good.
 */
export function createClient(url: string | UrlLike, options?: ConnectOptions): Client;
export function createClient(options: ConnectOptions & { url: string | UrlLike }): Client;
export function createClient(urlOrOptions: AnyOptions, options?: ConnectOptions): Client {
  return createClientOn(platform, urlOrOptions, options);
}

/**
 * Connects to a broker over `ws`. Resolves when it has accepted; rejects with ConnectionRefusedError,
 * ConnectionLostError, ProtocolError, TypeError or the signal's reason when the first attempt fails.
 */
export function connect(url: string | UrlLike, options?: ConnectOptions): Promise<Client>;
export function connect(options: ConnectOptions & { url: string | UrlLike }): Promise<Client>;
export function connect(urlOrOptions: AnyOptions, options?: ConnectOptions): Promise<Client> {
  return connectOn(platform, urlOrOptions, options);
}

/** The largest packet there is: a fixed header of 5 bytes and what its Remaining Length can count (2.2.3). */
const LARGEST = 268_435_460;

/** What a message of a WebSocket may have beyond the largest packet, in bytes. */
const MARGIN = 0x100_0000;

/**
 * What bounds the memory that a peer can take before it is heard. `ws` would offer compression, so that 100 kB become
 * 100 MB, and gathers a whole message before it gives it on.
 *
 * A message may hold many packets, or the end of one and the beginning of another [MQTT-6.0.0-2], so maxPacketSize
 * alone would refuse what is legal. The standard sets no limit. Brokers put what waits for a client in one message, and
 * bridges from TCP what one `read` gave: 16 MiB beyond the largest packet leaves room for thousands of packets.
 */
function boundsOf({ maxPacketSize = LARGEST }: ConnectOptions): object {
  return { perMessageDeflate: false, maxPayload: Math.min(maxPacketSize, LARGEST) + MARGIN };
}

async function loadWebSocket(): Promise<WebSocketConstructor> {
  try {
    const { default: WebSocket } = await import('isomorphic-ws');
    return WebSocket as unknown as WebSocketConstructor;
  } catch (cause) {
    const message = 'in Node, mqtt311 connects over ws: npm install ws isomorphic-ws, or hand in options.transport';
    throw new ConnectionLostError('unreachable', message, undefined, cause);
  }
}
