// MQTT 3.1.1 over the platform's own WebSocket.
import { type Client, type ConnectOptions, connect as connectOver } from './client/client.ts';
import { type OptionsWithUrl, optionsWithUrl } from './client/options.ts';
import { type WebSocketConstructor, webSocketTransport } from './connection/websocket.ts';

export * from './client/client.ts';

/** The part of a browser's global object that tells when a connection deserves a second look. */
interface Page {
  readonly WebSocket?: WebSocketConstructor;
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/**
 * Connects to a broker over the platform's WebSocket. Resolves when it has accepted; rejects with
 * ConnectionRefusedError, ConnectionLostError, ProtocolError, TypeError or the signal's reason when the first
 * attempt fails.
 */
export function connect(url: string, options?: ConnectOptions): Promise<Client>;
export function connect(options: ConnectOptions & { url: string }): Promise<Client>;
export async function connect(urlOrOptions: string | OptionsWithUrl, options?: ConnectOptions): Promise<Client> {
  const page = globalThis as unknown as Page;
  const { transport = page.WebSocket && webSocketTransport(page.WebSocket), ...others } = optionsWithUrl(
    urlOrOptions,
    options,
  );
  if (!transport) throw new TypeError('this platform has no WebSocket: hand one in with options.transport');
  const client = await connectOver({ transport, ...others });
  wakeWithPage(client, page);
  return client;
}

/** When a page comes back from the background, or its network does, nobody knows how its connection is. */
function wakeWithPage(client: Client, page: Page): void {
  if (!page.addEventListener || client.state === 'closed') return;
  const wake = () => client.wake();
  const types = ['online', 'visibilitychange'];
  for (const type of types) page.addEventListener(type, wake);
  client.on('state', (state) => {
    if (state === 'closed') for (const type of types) page.removeEventListener?.(type, wake);
  });
}
