/**
 * Too many publishes are waiting: for their turn, and this one was not accepted; or for the application, and the
 * connection ends [MQTT-4.8.0-2].
 */
export class QueueFullError extends Error {
  readonly maxQueued: number;

  constructor(maxQueued: number) {
    super(`${maxQueued} publishes are waiting already`);
    this.name = 'QueueFullError';
    this.maxQueued = maxQueued;
  }
}
