/** What a runtime brings for a device. Times are in milliseconds. */
export interface Runtime {
  /** Opens a WebSocket with the subprotocol `mqtt`. Reports its events after it has returned, and `closed` once. */
  open(url: string, events: SocketEvents): Socket;
  now(): number;
  after(delay: number, run: () => void): void;
  /** Takes a line about what went wrong. The device goes on. */
  log(line: string): void;
}

export interface SocketEvents {
  opened(): void;
  received(bytes: Uint8Array): void;
  closed(): void;
}

export interface Socket {
  /** Sends one binary frame. */
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface DeviceOptions {
  readonly url: string;
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: string;
  readonly topicFilters: readonly string[];
}
