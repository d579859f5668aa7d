// A lamp and its switch. Neither knows where the other one is: both know the broker, and a topic.
import { connect } from 'mqtt311';

const broker = 'ws://127.0.0.1:8083';

// The lamp connects, and asks for every message with the topic home/kitchen/lamp.
const lamp = await connect(broker, { clientId: 'lamp' });
const messages = await lamp.subscribe('home/kitchen/lamp');

// The switch connects, and publishes a message with this topic.
const lightSwitch = await connect(broker, { clientId: 'switch' });
await lightSwitch.publish('home/kitchen/lamp', 'on');

// The broker hands every such message on to the lamp.
for await (const message of messages) {
  console.log(`the lamp is ${message.text()}`);
  if (message.text() === 'off') break;
  await lightSwitch.publish('home/kitchen/lamp', 'off');
}

await lightSwitch.close();
await lamp.close();
