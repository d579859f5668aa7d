// The broker of mqtt311/testing on ports of this machine: over WebSocket as src/cli/broker.ts serves it, and over TCP.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { makeCertificates } from '../../../src/cli/gate/certificate.ts';
import { HOST, listen } from '../../../src/cli/gate/listener.ts';
import { type Broker, type BrokerOptions, createBroker, type SocketLike } from '../../../src/testing/testing.ts';
import type { ReachableBroker } from './start.ts';

const MAX_PACKET_SIZE = 16_777_216;

export interface OwnBroker extends ReachableBroker {
  readonly broker: Broker;
  readonly tcpPort: number;
}

export async function startOwn(options?: BrokerOptions, tcpPort = 0): Promise<OwnBroker> {
  const broker = createBroker(options);
  const ends: string[] = [];
  broker.on('connection', ({ clientId, error }) => void (error && ends.push(`${clientId}: ${error.message}`)));
  const certificates = await makeCertificates();
  const enter = (socket: WebSocket) => {
    socket.on('error', () => {}); // its end is told
    broker.accept(socket);
  };
  const ws = await listen(createServer(), 0, MAX_PACKET_SIZE, enter);
  const wss = await listen(createSecureServer(certificates), 0, MAX_PACKET_SIZE, enter);
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    broker.accept(overTcp(socket));
  });
  await once(tcp.listen(tcpPort, HOST), 'listening');
  return {
    broker,
    ca: certificates.ca,
    tcpPort: (tcp.address() as AddressInfo).port,
    url: (scheme) => `${scheme}://${HOST}:${{ ws, wss }[scheme].port}/mqtt`,
    log: () => ends.join('\n'),
    async stop() {
      broker.close();
      for (const socket of sockets) socket.destroy();
      tcp.close();
      await Promise.all([ws.close(), wss.close()]);
    },
  };
}

/** A TCP connection as the broker takes it. */
function overTcp(socket: Socket): SocketLike {
  const all: SocketLike = {
    get bufferedAmount() {
      return socket.writableLength;
    },
    onmessage: null,
    onclose: null,
    send: (bytes: Uint8Array) => socket.write(bytes),
    close: () => socket.end(),
    terminate: () => socket.destroy(),
  };
  socket.setNoDelay();
  socket.on('data', (chunk) => all.onmessage?.({ data: new Uint8Array(chunk).buffer } as never));
  socket.on('error', () => {}); // its end is told
  socket.on('close', () => all.onclose?.({} as never));
  return all;
}
