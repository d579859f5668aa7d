// MQTT 3.1.1 over the platform's own WebSocket.
import { type Client, type ConnectOptions, connectWith, optionsWithUrl } from './client/client.ts';
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
export async function connect(
  urlOrOptions: string | (ConnectOptions & { url: string }),
  options?: ConnectOptions,
): Promise<Client> {
  const all = optionsWithUrl(urlOrOptions, options);
  const page = globalThis as unknown as Page;
  if (all.transport === undefined && page.WebSocket === undefined)
    throw new TypeError('this platform has no WebSocket: hand one in with options.transport');
  const client = await connectWith({ transport: webSocketTransport(page.WebSocket!), ...all });
  wakeWithPage(client, page);
  return client;
}

// a page that comes back from the background, and a network that comes back, have a connection of unknown health
function wakeWithPage(client: Client, page: Page): void {
  if (page.addEventListener === undefined || client.state === 'closed') return;
  const wake = () => client.wake();
  page.addEventListener('online', wake);
  page.addEventListener('visibilitychange', wake);
  client.on('state', (state) => {
    if (state !== 'closed') return;
    page.removeEventListener?.('online', wake);
    page.removeEventListener?.('visibilitychange', wake);
  });
}
