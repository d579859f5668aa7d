// MQTT 3.1.1 over the platform's own WebSocket.
import type { Client, ConnectOptions } from './client/client.ts';
import type { AnyOptions, Platform, UrlLike } from './client/options.ts';
import { connectOn, createClientOn } from './client/start.ts';
import { ownTransport, type WebSocketConstructor } from './connection/websocket.ts';

export * from './client/client.ts';

/** The part of a browser's global object that tells when a connection deserves a second look. */
interface Page {
  readonly WebSocket?: WebSocketConstructor;
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

const platform: Platform = ({ webSocketOptions, protocols }) => {
  const { WebSocket } = globalThis as unknown as Page;
  if (!WebSocket) throw new TypeError('this platform has no WebSocket: set options.transport');
  return ownTransport(WebSocket, webSocketOptions, protocols);
};

/**
 * Makes a client, and connects over the platform's WebSocket in the background. It keeps trying until `close()`, unless
 * `reconnect` is false or the broker refuses it for good.
 */
export function createClient(url: string | UrlLike, options?: ConnectOptions): Client;
export function createClient(options: ConnectOptions & { url: string | UrlLike }): Client;
export function createClient(urlOrOptions: AnyOptions, options?: ConnectOptions): Client {
  return wokenByPage(createClientOn(platform, urlOrOptions, options));
}

/**
 * Connects to a broker over the platform's WebSocket. Resolves when it has accepted; rejects with
 * ConnectionRefusedError, ConnectionLostError, ProtocolError, TypeError or the signal's reason when the first
 * attempt fails.
 */
export function connect(url: string | UrlLike, options?: ConnectOptions): Promise<Client>;
export function connect(options: ConnectOptions & { url: string | UrlLike }): Promise<Client>;
export async function connect(urlOrOptions: AnyOptions, options?: ConnectOptions): Promise<Client> {
  return wokenByPage(await connectOn(platform, urlOrOptions, options));
}

/** When a page comes back from the background, or its network does, its connection may be dead without a sign. */
function wokenByPage(client: Client): Client {
  const page = globalThis as unknown as Page;
  if (!page.addEventListener || client.state === 'closed') return client;
  const wake = () => client.wake();
  const types = ['online', 'visibilitychange'];
  for (const type of types) page.addEventListener(type, wake);
  client.on('state', (state) => {
    if (state === 'closed') for (const type of types) page.removeEventListener?.(type, wake);
  });
  return client;
}
