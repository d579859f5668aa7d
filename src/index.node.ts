// MQTT 3.1.1 in Node, over `ws`: loaded when it is needed, through the one package name in all of src.
import { type Client, type ConnectOptions, connectOn, createClientOn } from './client/client.ts';
import type { AnyOptions, Platform, UrlLike } from './client/options.ts';
import { ConnectionLostError } from './connection/error.ts';
import { type WebSocketConstructor, webSocketTransport } from './connection/websocket.ts';

export * from './client/client.ts';

const platform: Platform = async ({ webSocketOptions, protocols }) =>
  webSocketTransport(await loadWebSocket(), webSocketOptions, protocols);

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

async function loadWebSocket(): Promise<WebSocketConstructor> {
  try {
    const { default: WebSocket } = await import('isomorphic-ws');
    return WebSocket as unknown as WebSocketConstructor;
  } catch (cause) {
    const message = 'in Node, mqtt311 connects over ws: npm install ws isomorphic-ws, or hand in options.transport';
    throw new ConnectionLostError('unreachable', message, undefined, cause);
  }
}
