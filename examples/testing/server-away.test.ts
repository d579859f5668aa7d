import { createBroker } from 'mqtt311/testing';
import { expect, it } from 'vitest';
import { startMeter } from './meter.ts';

it('keeps what it counts while the server is away', async () => {
  const broker = createBroker();
  const { client, count } = startMeter(() => 'token', { transport: broker.transport, reconnect: { maxDelay: 1 } });
  await client.ready;
  broker.network.unplug();
  await broker.until('connection', ({ state }) => state === 'closed');
  const counted = [count(1), count(2)];
  expect(client.state).not.toBe('online');
  broker.network.restore();
  await Promise.all(counted);
  expect(client.state).toBe('online');
  await client.close();
  broker.close();
});
