// A server that is wrong in a way of its own on each path.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { connack, encode, pingresp } from '../../src/codec/codec.ts';

/** What is said to a CONNECT, path by path. */
const answers: Record<string, (socket: WebSocket) => void> = {
  '/accepts': (socket) => socket.send(encode(connack())),
  '/accepts-and-cuts': (socket) => socket.send(encode(connack()), () => setImmediate(() => socket.terminate())),
  '/refuses': (socket) => socket.send(encode(connack({ returnCode: 4 })), () => socket.close()),
  '/text': (socket) => socket.send('20 02 00 00'),
  '/garbage': (socket) => socket.send(Buffer.from('<html>welcome</html>')),
  '/pingresp': (socket) => socket.send(encode(pingresp())),
  '/silence': () => {},
  '/closes': (socket) => socket.close(1002),
  '/cuts': (socket) => socket.terminate(),
  '/bad-frame': (socket) => (socket as unknown as { _socket: Socket })._socket.write(Buffer.from('ffff', 'hex')),
};

export interface HostileServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startHostileServer(): Promise<HostileServer> {
  const server = createServer((_, response) => response.writeHead(404).end());
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (_, { url }) =>
      url === '/other-subprotocol' ? 'mqttv3.1' : url === '/no-subprotocol' ? false : 'mqtt',
  });
  server.on('upgrade', (request, socket, head) => {
    const path = request.url!;
    if (path === '/404') return void socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    if (path === '/no-http') return void socket.end('SSH-2.0-OpenSSH\r\n');
    if (path === '/no-answer') return;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {});
      webSocket.once('message', () => answers[path]?.(webSocket));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
