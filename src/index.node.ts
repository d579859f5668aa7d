// MQTT 3.1.1 in Node, over `ws`: loaded when it is needed, through the one package name in all of src.
import { type Client, type ConnectOptions, connect as connectOver } from './client/client.ts';
import { type OptionsWithUrl, optionsWithUrl } from './client/options.ts';
import { ConnectionLostError } from './connection/error.ts';
import { type WebSocketConstructor, webSocketTransport } from './connection/websocket.ts';

export * from './client/client.ts';

/**
 * Connects to a broker over `ws`. Resolves when it has accepted; rejects with ConnectionRefusedError,
 * ConnectionLostError, ProtocolError, TypeError or the signal's reason when the first attempt fails.
 */
export function connect(url: string, options?: ConnectOptions): Promise<Client>;
export function connect(options: ConnectOptions & { url: string }): Promise<Client>;
export async function connect(urlOrOptions: string | OptionsWithUrl, options?: ConnectOptions): Promise<Client> {
  const { transport, ...others } = optionsWithUrl(urlOrOptions, options);
  if (transport) return connectOver({ transport, ...others });
  return connectOver({ transport: webSocketTransport(await loadWebSocket(), others.webSocketOptions), ...others });
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
