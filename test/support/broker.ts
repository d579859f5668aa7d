import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';

export interface Broker {
  readonly url: string;
  readonly aedes: Aedes;
  /** Cuts every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** An aedes behind WebSockets on a free loopback port; `tls` is what its certificate is made of. */
export async function startBroker(tls?: { cert: string; key: string }): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  const webSockets = new WebSocketServer({ server, handleProtocols: () => 'mqtt' });
  webSockets.on('connection', (socket: WebSocket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on('error', () => {}); // a cut is no failure of the test
    aedes.handle(stream, request);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const socket of webSockets.clients) socket.terminate();
  };
  return {
    url: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`,
    aedes,
    cut,
    async close() {
      cut();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
