/**
 * Too many publishes are waiting. If they wait for their turn, this one was not accepted. If they wait for the
 * application, the connection ends [MQTT-4.8.0-2].
 */
export class QueueFullError extends Error {
  readonly maxQueued: number;

  constructor(maxQueued: number) {
    super(`${maxQueued} publishes are waiting already`);
    this.name = 'QueueFullError';
    this.maxQueued = maxQueued;
  }
}
