/// <reference lib="esnext.disposable" preserve="true" />
// A local stand-in of Alibaba Cloud IoT Platform, for tests: the entry point `mqtt311/gate`. It is for Node alone.
import { PACKAGES } from './package.ts';
import type { Rules } from './rule.ts';

export type { Rules };

/** What the platform knows of a device: the three values printed on its label. */
export interface Device {
  productKey: string;
  deviceName: string;
  deviceSecret: string;
}

/** A device by itself, or by its name. */
export type DeviceRef = string | Pick<Device, 'productKey' | 'deviceName'>;

/** What the gate has seen of a device. */
export interface DeviceStats {
  readonly online: boolean;
  /** CONNECTs accepted, and CONNECTs of this device refused for their rate. */
  readonly connects: number;
  readonly refusals: number;
  /** Control packets after CONNECT, PINGREQs among them. */
  readonly packets: number;
  readonly pings: number;
  /** Messages accepted from the device, and those it sent in vain: not its topic, or over a limit. */
  readonly published: number;
  readonly dropped: number;
}

/** Called with every message. `payload` is a Buffer. */
export type MessageListener = (topic: string, payload: Uint8Array) => void;

/** A device's answer to a property/set, as far as the platform looks into it. */
export interface SetReply {
  id: string;
  code: number;
  data: unknown;
}

export interface GateOptions extends Partial<Rules> {
  devices: readonly Device[];
  /** 0, the default, takes any free port. */
  wsPort?: number | undefined;
  wssPort?: number | undefined;
  /**
   * A folder in which the certificate authority stays, as `ca.pem` and `ca-key.pem`, so that what trusts it trusts the
   * next gate, too. It is made there when there is none, and again when it has expired. Default: one for this gate alone.
   */
  caFolder?: string | undefined;
  /** Takes a line for everything that happens on a connection; no line holds a payload or a credential. */
  log?: ((line: string) => void) | undefined;
}

/** A local stand-in of the platform: it answers a device as the platform does. */
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
  setProperty(device: DeviceRef, params: object, options?: { timeout?: number | undefined }): Promise<SetReply>;
  /** Sends a message to the devices that have subscribed. Rejects with ProtocolError unless it is one, or when closed. */
  publish(topic: string, payload: string | Uint8Array, options?: { qos?: 0 | 1 | undefined }): Promise<void>;
  /** Listens to the messages that devices send and get, and returns the way to stop. Throws ProtocolError for a bad filter. */
  subscribe(topicFilter: string, listener: MessageListener): () => void;
  close(): Promise<void>;
}

/**
 * Starts a gate on 127.0.0.1, over ws and wss. It needs packages that mqtt311 does not bring:
 * `npm install --save-dev selfsigned@5 ws@8`.
 *
 * Rejects with TypeError for devices and options that are none, and with the error of the system when a port is taken.
 *
 * ```ts
 * const device = { productKey: 'a1b2c3', deviceName: 'lamp', deviceSecret: 'for this gate alone' };
 * await using gate = await startGate({ devices: [device] });
 * const host = `127.0.0.1:${gate.wssPort}`;
 * const client = await connect(aliyun({ ...device, host, webSocketOptions: { ca: gate.ca } }));
 * ```
 */
export async function startGate(options: GateOptions): Promise<Gate> {
  const { start } = await loaded();
  return start(options);
}

async function loaded(): Promise<{ start(options: GateOptions): Promise<Gate> }> {
  try {
    return await import('./start.ts');
  } catch (error) {
    if (!/MODULE_NOT_FOUND/.test((error as { code?: string }).code ?? '')) throw error;
    throw new Error(`the gate needs packages beside mqtt311: npm install ${PACKAGES.join(' ')}`, { cause: error });
  }
}
