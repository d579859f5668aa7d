// A broker on loopback, over ws and wss, that cuts a connection or falls silent when a client asks it to.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Aedes } from 'aedes';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { type Certificates, makeCertificates } from '../../src/cli/gate/certificate.ts';

export interface TestBroker {
  readonly ws: string;
  readonly wss: string;
  readonly certificates: Certificates;
  close(): Promise<void>;
}

/** What a client asks for by a publish to `control/…`, done to its own connection. */
const CONTROLS: Record<string, (socket: Socket) => void> = {
  cut: (socket) => socket.destroy(),
  // what arrives is taken and goes nowhere: as with a peer that died, no answer comes, not even to a close
  freeze: (socket) => socket.removeAllListeners('data').on('data', () => {}),
};

export async function startTestBroker(): Promise<TestBroker> {
  const certificates = await makeCertificates();
  const aedes = await Aedes.createBroker();
  const sockets = new Map<unknown, Socket>(); // by the stream that aedes knows
  const servers = [createServer(), createSecureServer(certificates)].map((server) => {
    const webSockets = new WebSocketServer({ server, handleProtocols: () => 'mqtt' });
    webSockets.on('connection', (webSocket: WebSocket, request) => {
      const stream = createWebSocketStream(webSocket);
      stream.on('error', () => {});
      sockets.set(stream, request.socket);
      aedes.handle(stream, request);
    });
    return server;
  });
  aedes.on('publish', ({ topic }, client) => {
    if (client === null || !topic.startsWith('control/')) return;
    CONTROLS[topic.slice('control/'.length)]?.(sockets.get(client.conn)!);
  });
  const [ws, wss] = await Promise.all(servers.map(listen));
  return {
    ws: `ws://127.0.0.1:${ws}/mqtt`,
    wss: `wss://127.0.0.1:${wss}/mqtt`,
    certificates,
    async close() {
      for (const socket of sockets.values()) socket.destroy();
      for (const server of servers) server.closeAllConnections();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const server of servers) server.close();
    },
  };
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
