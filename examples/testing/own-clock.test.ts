// With a clock of the test's own, which client and broker share. The timers of everything else go on.
import { type Clock, connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';
import { expect, it } from 'vitest';

class TestClock implements Clock {
  private time = 0;
  private readonly timers = new Map<object, { due: number; callback: () => void }>();

  now = () => this.time;
  random = () => 0.5;
  clearTimeout = (timer: unknown) => void this.timers.delete(timer as object);

  setTimeout(callback: () => void, milliseconds: number): object {
    const timer = {};
    this.timers.set(timer, { due: this.time + milliseconds, callback });
    return timer;
  }

  /** Fires one timer after the other, and lets packets arrive between them. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      const [timer, next] = [...this.timers].sort(([, a], [, b]) => a.due - b.due)[0] ?? [];
      if (!timer || !next || next.due > end) break;
      this.timers.delete(timer);
      this.time = next.due;
      next.callback();
      await new Promise((resolve) => setTimeout(resolve)); // a real one: promises settle before it fires
    }
    this.time = end;
  }
}

it('keeps the connection alive for an hour', async () => {
  const clock = new TestClock();
  const broker = createBroker({ clock });
  const client = await connect('ws://test', { keepAlive: 60, clock, transport: broker.transport });
  await clock.advance(3_600_000);
  expect(client.state).toBe('online');
  await client.close();
});
