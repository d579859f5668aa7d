import { connect } from 'mqtt311';

const client = await connect('wss://broker.example/mqtt');
await client.publish('commands/stop', 'true', { qos: 1, retain: true });
const carryOut = async (command: unknown) => console.log(command);
// #region
// with a loop: a message is acknowledged when the loop asks for the next one
for await (const message of await client.subscribe('commands/#', { qos: 1 })) {
  await carryOut(message.json());
  if (message.topic === 'commands/stop') break; // acknowledges it, and unsubscribes since this session is a clean one
}
// #endregion
await client.close();
