// Jest with fake timers. The client looks for setTimeout and Date at each call, so it finds Jest's, whenever they are
// installed: it needs no option for that. A real broker connects, too, but does not go with them: the test jumps over
// minutes, and an answer on a socket does not arrive in no time, so the client would take it for lost.
const { fakeBroker } = require('./broker.js');
const { startThermostat } = require('./thermostat.js');

let broker;
let client;

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5); // delays before another attempt are random
  broker = fakeBroker();
});
afterEach(async () => {
  const closed = client.close();
  await jest.advanceTimersByTimeAsync(5_000); // close() waits for what is not acknowledged, for at most 5 s
  await closed;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const texts = () =>
  broker.packets.filter(({ type }) => type === 3).map(({ payload }) => Buffer.from(payload).toString());

it('publishes every minute', async () => {
  client = startThermostat(() => 21.5, { transport: broker.transport });
  await client.ready;
  // …Async, since promises have to settle between the timers: jest.advanceTimersByTime would let none of them
  await jest.advanceTimersByTimeAsync(150_000);
  expect(texts()).toEqual(['21.5', '21.5']);
});

it('publishes what it measured while there was no connection', async () => {
  client = startThermostat(() => 19, { transport: broker.transport });
  await client.ready;
  const states = [];
  client.on('state', (state) => states.push(state));
  broker.isAlive = false; // nothing ends the connection: the client has to find out
  await jest.advanceTimersByTimeAsync(90_000);
  expect(states).toContain('waiting');
  broker.isAlive = true;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(client.state).toBe('online');
  expect(new Set(texts())).toEqual(new Set(['19']));
});
