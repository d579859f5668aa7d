import { createBroker } from 'mqtt311/testing';
import { expect, it } from 'vitest';
import { startMeter } from './meter.ts';

it('asks for another token when the broker refuses the one that has expired', async () => {
  const valid = new TextEncoder().encode('new').join();
  const broker = createBroker({ authenticate: ({ password }) => (password?.join() === valid ? true : 5) });
  const refused = broker.until('connection', ({ returnCode }) => returnCode === 5);
  const tokens = ['old', 'new'];
  const options = { transport: broker.transport, reconnect: { maxDelay: 1 } };
  const { client } = startMeter(() => tokens.shift() ?? 'none', options);
  await refused;
  await client.ready;
  expect([...broker.clients.keys()]).toEqual(['meter']);
  await client.close();
  broker.close();
});
