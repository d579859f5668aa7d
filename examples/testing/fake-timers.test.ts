// With fake timers of Vitest: a minute passes in no time, in the client and in the broker.
import { connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('keeps the connection alive for an hour', async () => {
  const broker = createBroker();
  const client = await connect('ws://test', { keepAlive: 60, transport: broker.transport });
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(client.state).toBe('online');
  await client.close();
});
