// With the test runner of Node and its mock timers: node --test mock-timers.mjs
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';

test('keeps the connection alive for an hour', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const broker = createBroker();
  const client = await connect('ws://test', { keepAlive: 60, transport: broker.transport });
  for (let second = 0; second < 3_600; second++) {
    mock.timers.tick(1_000); // it fires timers, and awaits nothing
    await new Promise((resolve) => setImmediate(resolve)); // so packets arrive here
  }
  assert.equal(client.state, 'online');
  await client.close();
  mock.timers.reset();
});
