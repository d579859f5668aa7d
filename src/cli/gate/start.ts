import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { WebSocket } from 'ws';
import { type Broker, createBroker } from '../../testing/testing.ts';
import { authorityIn } from './authority.ts';
import { makeAuthority, makeServer } from './certificate.ts';
import { Connection, describe, NOWHERE } from './connection.ts';
import { checkDevices } from './device.ts';
import type { DeviceRef, Gate, GateOptions } from './gate.ts';
import { HOST, listen } from './listener.ts';
import { Platform } from './platform.ts';
import { DeviceRecord } from './record.ts';
import { DEFAULT_RULES, type Rules } from './rule.ts';
import { usernameOf } from './verifier.ts';

/** What `startGate` does, once it has found the packages for it. */
export async function start(options: GateOptions): Promise<Gate> {
  const { devices, wsPort = 0, wssPort = 0, caFolder, log = () => {}, ...rest } = options;
  checkDevices(devices);
  const rules = rulesOf(rest);
  const records = new Map(devices.map((device) => [usernameOf(device), new DeviceRecord(device, rules)]));
  const authority = caFolder === undefined ? await makeAuthority() : await authorityIn(caFolder, log);
  const { cert, key } = await makeServer(authority);
  const broker = brokerFor(records, log);
  const platform = new Platform(broker, rules.now);

  const connections = new Set<Connection>();
  const accept = (isSecure: boolean) => (socket: WebSocket) => {
    const connection = new Connection({ rules, broker, devices: records, log }, socket, isSecure);
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  };
  const scan = setInterval(() => {
    for (const connection of connections) connection.closeIfSilent();
  }, rules.scanInterval);

  const closers = [async () => broker.close(), async () => platform.close(), async () => clearInterval(scan)];
  const close = async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };

  try {
    const ws = await listen(createServer(), wsPort, rules.maxPacketSize, accept(false));
    closers.push(ws.close);
    const wss = await listen(createSecureServer({ cert, key }), wssPort, rules.maxPacketSize, accept(true));
    closers.push(wss.close);
    return {
      wsUrl: `ws://${HOST}:${ws.port}`,
      wssUrl: `wss://${HOST}:${wss.port}`,
      wsPort: ws.port,
      wssPort: wss.port,
      ca: authority.cert,
      stats: (device) => find(records, device).describe(),
      cut: (device) => find(records, device).connection?.cut('the connection was cut'),
      setProperty: async (device, params, { timeout = 5_000 } = {}) =>
        platform.setProperty(find(records, device), params, timeout),
      publish: async (topic, payload, { qos = 0 } = {}) => platform.publish(topic, payload, qos),
      subscribe: (topicFilter, listener) => platform.subscribe(topicFilter, listener),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close(); // a port was taken
    throw error;
  }
}

/** The limits are those of the rules: the broker adds none of its own. */
function brokerFor(records: ReadonlyMap<string, DeviceRecord>, log: (line: string) => void): Broker {
  const broker = createBroker({
    maxInflight: 65_535,
    maxQueued: Number.POSITIVE_INFINITY,
    authorize: ({ topic }) => topic !== NOWHERE,
  });
  broker.on('packet', ({ clientId = '', direction, packet, fate }) => {
    const isForDevice = direction === 'down' && fate === 'delivered' && records.has(clientId);
    if (isForDevice) log(`${clientId} ← ${describe(packet!)}`);
  });
  broker.on('connection', ({ clientId = '', state, error }) => {
    if (state === 'closed' && error) records.get(clientId)?.connection?.failed(error);
  });
  return broker;
}

/** Rules that are undefined are the defaults. */
function rulesOf(given: Partial<Rules>): Rules {
  for (const name of Object.keys(given)) {
    if (!(name in DEFAULT_RULES)) throw new TypeError(`there is no option ${name} of a gate`);
  }
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_RULES, ...Object.fromEntries(chosen) };
}

function find(records: ReadonlyMap<string, DeviceRecord>, device: DeviceRef): DeviceRecord {
  const isMeant = ({ username, deviceName }: DeviceRecord) =>
    typeof device === 'string' ? deviceName === device : username === usernameOf(device);
  const found = [...records.values()].filter(isMeant);
  if (found.length !== 1) throw new Error(`${found.length} devices of this gate are meant, not one`);
  return found[0]!;
}
