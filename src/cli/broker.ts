// The broker of mqtt311/testing, over WebSocket on this machine. It needs the package `ws`.
import { createServer } from 'node:http';
import { type Packet, PacketType } from '../codec/codec.ts';
import { visible } from '../explain/visible.ts';
import { type Broker, createBroker } from '../testing/testing.ts';
import { type Command, command, integerOf } from './command.ts';
import { interruption, printLine, tell } from './terminal.ts';

/** Bytes that a packet may have. */
const MAX_PACKET_SIZE = 16_777_216;
const NPX = 'npx -p mqtt311 -p ws@8 mqtt311 broker';

export const broker: Command = command({
  name: 'broker',
  summary: 'run a strict broker on this machine, for tests and lessons',
  usage: '[--port N] [--trace]',
  says: `Runs a broker until it is interrupted: MQTT 3.1.1 over WebSocket, in memory, reached from this machine alone. Prints its
URL. A client that breaks a rule of the standard is disconnected, and stderr says which.`,
  options: {
    port: { type: 'string', short: 'p', value: 'N', default: '0', says: '0: any that is free' },
    trace: { type: 'boolean', short: 't', says: 'print every packet that passes' },
  },
  notes: `It needs a package that mqtt311 may lack: ${NPX}`,
  examples: ['mqtt311 broker --port 8083', 'mqtt311 broker --trace'],
  async run(values) {
    const port = integerOf('port', values.port, 0, 65_535)!;
    const { listen, HOST } = await loadListener();
    const running = createBroker();
    tellEnds(running);
    if (values.trace) trace(running, printLine);
    const listener = await listen(createServer(), port, MAX_PACKET_SIZE, (socket) => {
      socket.on('error', () => {}); // its end is told
      running.accept(socket);
    });
    printLine(`ws://${HOST}:${listener.port}`);
    await interruption;
    running.close();
    await listener.close();
    return 0;
  },
});

async function loadListener(): Promise<typeof import('./gate/listener.ts')> {
  try {
    return await import('./gate/listener.ts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`the broker needs a package beside mqtt311: npm install ws@8; or ${NPX}`, { cause: error });
  }
}

/** Says why a connection had to end. */
function tellEnds(running: Broker): void {
  running.on('connection', ({ clientId, state, error }) => {
    if (state === 'closed' && error) tell(`${clientId ?? 'a client'}: ${error.message}`);
  });
}

/** Gives `print` a line for each packet, as it arrives: who, in which direction, and what. */
export function trace(running: Broker, print: (line: string) => void): void {
  running.on('packet', ({ clientId = '?', direction, packet, fate }) => {
    if (fate !== 'delivered') return;
    print(visible(`${clientId} ${direction === 'up' ? '->' : '<-'} ${packet ? inWords(packet) : 'bytes'}`));
  });
}

const NAMES = Object.fromEntries(Object.entries(PacketType).map(([name, type]) => [type, name]));

function inWords(packet: Packet): string {
  const id = 'packetId' in packet && packet.packetId > 0 ? ` ${packet.packetId}` : '';
  return `${NAMES[packet.type]}${id}${detailsOf(packet)}`;
}

function detailsOf(packet: Packet): string {
  switch (packet.type) {
    case PacketType.CONNECT:
      return ` cleanSession ${packet.cleanSession}, keepAlive ${packet.keepAlive}`;
    case PacketType.CONNACK:
      return ` returnCode ${packet.returnCode}, sessionPresent ${packet.sessionPresent}`;
    case PacketType.PUBLISH: {
      const flags = `${packet.retain ? ', retain' : ''}${packet.dup ? ', dup' : ''}`;
      return ` ${packet.topic}: ${packet.payload.length} bytes, qos ${packet.qos}${flags}`;
    }
    case PacketType.SUBSCRIBE:
      return ` ${packet.subscriptions.map(({ topicFilter, qos }) => `${topicFilter}: qos ${qos}`).join(', ')}`;
    case PacketType.SUBACK:
      return ` ${packet.returnCodes.join(', ')}`;
    case PacketType.UNSUBSCRIBE:
      return ` ${packet.topicFilters.join(', ')}`;
    default:
      return '';
  }
}
