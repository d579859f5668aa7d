// What the client needs of a connection: an ordered, lossless stream of bytes in both directions (7.1.2).

/**
 * Opens a connection to `url`, reports to `events` (never before it has returned), and returns the way to write. Both
 * sides call the methods on their objects, as in `events.opened()`.
 */
export type TransportFactory = (url: string, events: TransportEvents) => Transport;

export interface Transport {
  /** Sends one binary frame. `bytes` fill their buffer exactly, and are never written to again. */
  send(bytes: Uint8Array): void;
  /** Closes the connection in good order. */
  close(): void;
  /** Cuts the connection at once, where the platform can: a dead peer answers no good order. */
  abort?(): void;
  /** Bytes handed to `send` that have not left yet, where the platform tells. */
  bufferedAmount?(): number;
  /** Where the platform tells, bytes of frames that are not complete: a number that grows as they come and go. */
  bytesMoved?(): number;
  /** Whether `events.drained` is called; otherwise `bufferedAmount` is asked from time to time. */
  readonly reportsDrained?: boolean;
}

export interface TransportEvents {
  /** The connection is there. */
  opened(): void;
  /** Bytes came in: any number of them, cut anywhere. They are not overwritten later. */
  received(chunk: Uint8Array): void;
  /** What was sent has left. */
  drained(): void;
  /** The connection is over, or never came to be. Only the first call counts. */
  closed(cause?: unknown, code?: number): void;
}
