import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { Aedes } from 'aedes';
import type { WebSocket } from 'ws';
import { makeCertificates } from './certificate.ts';
import { Door } from './door.ts';
import { HOST, listen } from './listener.ts';
import { type MessageListener, Platform, type SetReply } from './platform.ts';
import { DeviceRecord, type DeviceStats } from './record.ts';
import { DEFAULT_RULES, type Rules } from './rule.ts';
import { type Device, usernameOf } from './verifier.ts';

export type { Device, DeviceStats, MessageListener, Rules, SetReply };

/** A device by itself, or by its name. */
export type DeviceRef = string | Pick<Device, 'productKey' | 'deviceName'>;

export interface GateOptions extends Partial<Rules> {
  devices: readonly Device[];
  /** 0, the default, takes any free port. */
  wsPort?: number;
  wssPort?: number;
  /** Takes a line for everything that happens at the door; no line holds a payload or a credential. */
  log?: (line: string) => void;
}

/** A local stand-in for the platform: a device cannot tell its door from the real one. */
export interface Gate extends AsyncDisposable {
  readonly wsUrl: string;
  readonly wssUrl: string;
  readonly wsPort: number;
  readonly wssPort: number;
  /** The certificate authority to trust for `wssUrl`, in PEM. */
  readonly ca: string;
  stats(device: DeviceRef): DeviceStats;
  /** Breaks the device's TCP connection, as a network does. */
  cut(device: DeviceRef): void;
  /** Publishes property/set and waits for the device's answer; `timeout` is in milliseconds, 5,000 unless given. */
  setProperty(device: DeviceRef, params: object, options?: { timeout?: number }): Promise<SetReply>;
  publish(topic: string, payload: string | Uint8Array, options?: { qos?: 0 | 1 }): Promise<void>;
  /** Listens to the messages that pass the door, in either direction; returns its own off. */
  subscribe(topicFilter: string, listener: MessageListener): () => void;
  close(): Promise<void>;
}

export async function startGate(options: GateOptions): Promise<Gate> {
  const { devices, wsPort = 0, wssPort = 0, log = () => {}, ...rest } = options;
  const rules: Rules = { ...DEFAULT_RULES, ...rest };
  const records = new Map(devices.map((device) => [usernameOf(device), new DeviceRecord(device, rules)]));
  const { ca, cert, key } = await makeCertificates();
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
      ca,
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

function find(records: ReadonlyMap<string, DeviceRecord>, device: DeviceRef): DeviceRecord {
  const isMeant = ({ username, deviceName }: DeviceRecord) =>
    typeof device === 'string' ? deviceName === device : username === usernameOf(device);
  const found = [...records.values()].filter(isMeant);
  if (found.length !== 1) throw new Error(`${found.length} devices of this gate are meant, not one`);
  return found[0]!;
}
