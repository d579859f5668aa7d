// Jest with fake timers and the broker of mqtt311/testing, which finds them as the client does.
const { connect } = require('mqtt311');
const { createBroker } = require('mqtt311/testing');

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('keeps the connection alive for an hour', async () => {
  const broker = createBroker();
  const client = await connect('ws://test', { keepAlive: 60, transport: broker.transport });
  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(client.state).toBe('online');
  await client.close();
});
