import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export const HOST = '127.0.0.1';
const SUBPROTOCOL = 'mqtt';
/** Bytes of a frame that may hold many packets: `ws` would take 100 MiB, in which there is room for 50 million. */
const MAX_FRAME_SIZE = 1_048_576;

/** A port at which WebSockets are let in, on any path. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export async function listen(
  server: Server,
  port: number,
  maxPacketSize: number,
  enter: (socket: WebSocket) => void,
  host: string = HOST,
): Promise<Listener> {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: Math.max(MAX_FRAME_SIZE, maxPacketSize),
    verifyClient: ({ req }, done) => done(offersMqtt(req), 400),
    handleProtocols: () => SUBPROTOCOL,
  });
  server.on('request', (_request, response) => response.writeHead(400).end());
  server.on('upgrade', (request, socket, head) => webSockets.handleUpgrade(request, socket, head, enter));

  const sockets = new Set<Socket>(); // closing a server does not end its connections
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  await once(server.listen(port, host), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function offersMqtt({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL); // [MQTT-6.0.0-3]
}
