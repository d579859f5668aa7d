// What the errors of the most frequent troubles say.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConnectOptions, connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';
import { WebSocketServer } from 'ws';

async function show(trouble: string, url: string, options?: ConnectOptions): Promise<void> {
  await connect(url, options).catch((error) => console.log(`${trouble}\n  ${error}`));
}

const server = createServer(); // answers 404 unless it is told to upgrade
server.on('request', (_request, response) => response.writeHead(404).end());
server.on('upgrade', (request, socket, head) => {
  if (request.url === '/mqtt') return chat.handleUpgrade(request, socket, head, () => {});
  socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
});
const chat = new WebSocketServer({ noServer: true, handleProtocols: () => false }); // a WebSocket, but no MQTT
await once(server.listen(0, '127.0.0.1'), 'listening');
const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

const strict = createBroker({ authenticate: ({ username }) => (username === 'lamp' ? 5 : 4) });
const rude = createBroker();
rude.network.cut({ type: 1, at: 'behind' }); // ends the connection at the CONNECT

await show('the scheme of another library', 'mqtt://broker.example');
await show('nobody listens on this port', 'ws://127.0.0.1:1');
await show('another path is the right one', `ws://${host}/`);
await show('the server speaks WebSocket, but not MQTT', `ws://${host}/mqtt`);
await show('a wrong password', 'ws://test', { transport: strict.transport });
await show('a user who may not connect', 'ws://test', { transport: strict.transport, username: 'lamp' });
await show('the broker ends the connection at the CONNECT', 'ws://test', { transport: rude.transport });

for (const broker of [strict, rude]) broker.close();
for (const client of chat.clients) client.terminate();
server.close();
