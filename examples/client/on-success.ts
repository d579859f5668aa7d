import { connect } from 'mqtt311';

const client = await connect('wss://broker.example/mqtt', { clientId: 'accountant', cleanSession: false });
const book = async (_order: unknown) => {};
// #region
// acknowledged only when the handler did not fail: otherwise the message comes again with the next connection
await client.subscribe('orders/#', { qos: 1, acknowledge: 'on-success' }, async (message) => {
  await book(message.json());
});
// #endregion
await client.close();
