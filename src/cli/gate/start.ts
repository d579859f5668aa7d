import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { Aedes } from 'aedes';
import type { WebSocket } from 'ws';
import { authorityIn } from './authority.ts';
import { makeAuthority, makeServer } from './certificate.ts';
import { checkDevices } from './device.ts';
import { Door } from './door.ts';
import type { DeviceRef, Gate, GateOptions } from './gate.ts';
import { HOST, listen } from './listener.ts';
import { Platform } from './platform.ts';
import { DeviceRecord } from './record.ts';
import { DEFAULT_RULES, type Rules } from './rule.ts';
import { usernameOf } from './verifier.ts';

/** What `startGate` does, once there are the packages for it. */
export async function start(options: GateOptions): Promise<Gate> {
  const { devices, wsPort = 0, wssPort = 0, caFolder, log = () => {}, ...rest } = options;
  checkDevices(devices);
  const rules = rulesOf(rest);
  const records = new Map(devices.map((device) => [usernameOf(device), new DeviceRecord(device, rules)]));
  const authority = caFolder === undefined ? await makeAuthority() : await authorityIn(caFolder, log);
  const { cert, key } = await makeServer(authority);
  // The limit is for packets that arrive before the session is ready: a device may send any number of them.
  const broker = await Aedes.createBroker({ queueLimit: Number.POSITIVE_INFINITY });
  const platform = new Platform(broker, rules.now);

  const doors = new Set<Door>();
  const enter = (secure: boolean) => (socket: WebSocket) => {
    const door = new Door({ rules, broker, devices: records, log }, socket, secure);
    doors.add(door);
    socket.on('close', () => doors.delete(door));
  };
  const scan = setInterval(() => {
    for (const door of doors) door.closeIfSilent();
  }, rules.scanInterval);

  const closers = [
    () => new Promise<void>((resolve) => broker.close(resolve)),
    async () => platform.close(),
    async () => clearInterval(scan),
  ];
  const close = async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };

  try {
    const ws = await listen(createServer(), wsPort, rules.maxPacketSize, enter(false));
    closers.push(ws.close);
    const wss = await listen(createSecureServer({ cert, key }), wssPort, rules.maxPacketSize, enter(true));
    closers.push(wss.close);
    return {
      wsUrl: `ws://${HOST}:${ws.port}`,
      wssUrl: `wss://${HOST}:${wss.port}`,
      wsPort: ws.port,
      wssPort: wss.port,
      ca: authority.cert,
      stats: (device) => find(records, device).describe(),
      cut: (device) => find(records, device).door?.cut('the connection was cut'),
      setProperty: async (device, params, { timeout = 5_000 } = {}) =>
        platform.setProperty(find(records, device), params, timeout),
      publish: (topic, payload, { qos = 0 } = {}) => platform.publish(topic, payload, qos),
      subscribe: (topicFilter, listener) => platform.subscribe(topicFilter, listener),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close(); // a port was taken
    throw error;
  }
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
