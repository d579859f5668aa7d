// The broker of mqtt311/testing, over WebSocket on this machine. It needs the package `ws`, and for TLS `selfsigned`.
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Broker, createBroker } from '../testing/testing.ts';
import { trace } from './broker-trace.ts';
import { type Command, command, integerOf, UsageError } from './command.ts';
import { type CaFile, caFileOf } from './gate/ca-file.ts';
import { interruption, printLine, tell } from './terminal.ts';

/** Bytes that a packet may have. */
const MAX_PACKET_SIZE = 16_777_216;
const WITHOUT_TLS = ['ws@8'];
const WITH_TLS = [...WITHOUT_TLS, 'selfsigned@5'];

export const broker: Command = command({
  name: 'broker',
  summary: 'run a strict broker on this machine, for tests and lessons',
  usage: '[--port N] [--trace] [--tls]',
  says: `Runs a broker until it is interrupted: MQTT 3.1.1 over WebSocket, in memory, reached from this machine alone. Prints its
URL. A client that breaks a rule of the standard is disconnected, and stderr says which.`,
  options: {
    port: { type: 'string', short: 'p', value: 'N', default: '0', says: '0: any that is free' },
    host: { type: 'string', value: 'ADDRESS', default: '127.0.0.1', says: '0.0.0.0: other machines can connect, too' },
    trace: { type: 'boolean', short: 't', says: 'print every packet that passes' },
    tls: { type: 'boolean', says: 'wss, with a certificate; prints where that of its authority is' },
    ca: { type: 'string', value: 'DIR', says: 'keep the certificate authority there, for the next time; with --tls' },
  },
  notes: `With --tls, clients have to trust the certificate authority:
  NODE_EXTRA_CA_CERTS=broker-ca/ca.pem node lamp.js
  mqtt311 sub --ca broker-ca/ca.pem --url wss://127.0.0.1:8443 '#'
With --ca, DIR has ca.pem and its private key, ca-key.pem: whoever has that key can pass for any server to them.

It needs packages that mqtt311 may lack: ${npx(WITH_TLS)} --tls`,
  examples: ['mqtt311 broker --port 8083', 'mqtt311 broker --trace', 'mqtt311 broker --tls --ca broker-ca --port 8443'],
  async run(values) {
    const { host, ca: caFolder, tls = false } = values;
    const port = integerOf('port', values.port, 0, 65_535)!;
    if (isIP(host) === 0) throw new UsageError(`--host must be an IP address, not ${host}`);
    if (caFolder === '') throw new UsageError('--ca must name a folder');
    if (caFolder !== undefined && !tls) throw new UsageError('--ca needs --tls');
    const { listen } = await loadListener(tls ? WITH_TLS : WITHOUT_TLS);
    const { server, caFile } = tls ? await secureServer(host, caFolder) : { server: createServer(), caFile: undefined };
    using _ = caFile; // a folder of its own goes when the broker ends
    const running = createBroker();
    tellEnds(running);
    if (values.trace) trace(running, printLine);
    const listener = await listen(
      server,
      port,
      MAX_PACKET_SIZE,
      (socket) => {
        socket.on('error', () => {}); // its end is told
        running.accept(socket);
      },
      host,
    );
    if (!isLoopback(host))
      tell('everyone who reaches this machine over the network can connect, and needs no password');
    printLine(`${tls ? 'wss' : 'ws'}://${isIP(host) === 6 ? `[${host}]` : host}:${listener.port}`);
    if (caFile) printLine(`CA  ${caFile.path}`);
    await interruption;
    running.close();
    await listener.close();
    return 0;
  },
});

function npx(packages: readonly string[]): string {
  return `npx ${['mqtt311', ...packages].map((name) => `-p ${name}`).join(' ')} mqtt311 broker`;
}

const loadListener = (packages: readonly string[]) => loaded(() => import('./gate/listener.ts'), packages);

async function loaded<M>(load: () => Promise<M>, packages: readonly string[]): Promise<M> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const option = packages === WITH_TLS ? ' --tls' : '';
    const calls = `npm install ${packages.join(' ')}; or ${npx(packages)}${option}`;
    throw new Error(`the broker needs packages beside mqtt311: ${calls}`, { cause });
  }
}

/** A server with a certificate for this machine, and the authority that has signed it. */
async function secureServer(host: string, caFolder: string | undefined): Promise<{ server: Server; caFile: CaFile }> {
  const { makeAuthority, makeServer } = await loaded(() => import('./gate/certificate.ts'), WITH_TLS);
  const { authorityIn } = await import('./gate/authority.ts');
  const authority = caFolder === undefined ? await makeAuthority() : await authorityIn(caFolder, tell);
  const server = createSecureServer(await makeServer(authority, addressesOf(host)));
  return { server, caFile: caFileOf(authority.cert, caFolder) };
}

const isLoopback = (host: string) => host.startsWith('127.') || host === '::1';

/** The addresses at which a server that listens there is reached. */
function addressesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
}

/** Says why a connection had to end. */
function tellEnds(running: Broker): void {
  running.on('connection', ({ clientId, state, error }) => {
    if (state === 'closed' && error) tell(`${clientId ?? 'a client'}: ${error.message}`);
  });
}
