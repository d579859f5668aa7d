// Messages of QoS 1 and 2 that no subscription wants. They wait, unacknowledged, for somebody who does.
import { type Clock, restart } from '../connection/clock.ts';
import { Queue } from '../session/queue.ts';
import { UnroutedError } from './error.ts';
import type { Delivery } from './subscription.ts';

/** Milliseconds until an error tells of them. */
const PATIENCE = 10_000;

export class HeldMessages {
  private readonly deliveries: Queue<Delivery, Delivery> = new Queue();
  private readonly clock: Clock;
  private readonly report: (error: Error) => void;
  private timer: unknown;

  constructor(clock: Clock, report: (error: Error) => void) {
    this.clock = clock;
    this.report = report;
  }

  add(delivery: Delivery): void {
    const { deliveries, clock } = this;
    deliveries.set(delivery, delivery);
    if (deliveries.size > 1) return; // that it waits is told with the first one
    this.timer = restart(clock, this.timer, PATIENCE, () => {
      this.report(new UnroutedError(deliveries.first!.message.topic, deliveries.size));
    });
  }

  /** Gives those away, in their order, whose topic passes a test. */
  release(passes: (topic: string) => boolean, take: (delivery: Delivery) => void): void {
    const { deliveries } = this;
    for (const delivery of deliveries.values) {
      if (!passes(delivery.message.topic)) continue;
      deliveries.delete(delivery);
      take(delivery);
    }
    if (deliveries.size === 0) this.clear();
  }

  /** The broker sends again what was not acknowledged: of QoS 2 by an identifier that is known, so that it is not new. */
  comesAgain(): void {
    for (const delivery of this.deliveries.values)
      if (delivery.message.qos === 1 && this.deliveries.delete(delivery)) delivery.done(true);
    if (this.deliveries.size === 0) this.clear();
  }

  clear(): void {
    this.timer = restart(this.clock, this.timer);
    this.deliveries.clear();
  }
}
