import { connect } from 'mqtt311';

const client = await connect('wss://broker.example/mqtt');
await client.publish('commands/light', '{"on":true}', { qos: 1, retain: true });
let end = () => {};
const ended = new Promise<void>((resolve) => (end = resolve));
const carryOut = async (command: unknown) => {
  console.log(command);
  end();
};
// #region
// with a handler: called for one message at a time, in order
await client.subscribe('commands/#', { qos: 1 }, async (message) => {
  await carryOut(message.json()); // the message is acknowledged when this settles
});
// #endregion
await ended;
await client.close();
