import { connect } from 'mqtt311';

const broker = 'ws://127.0.0.1:8083';

// The thermometer measures once an hour. It leaves its latest value with the broker.
const thermometer = await connect(broker, { clientId: 'thermometer' });
await thermometer.publish('home/kitchen/temperature', '20.5', { qos: 1, retain: true });
await thermometer.publish('home/kitchen/temperature', '21.5', { qos: 1, retain: true });

// The display is switched on later, and still learns the latest value at once.
const display = await connect(broker, { clientId: 'display' });
const messages = await display.subscribe('home/+/temperature', { qos: 1 });
await thermometer.publish('home/kitchen/temperature', '22.0', { qos: 1, retain: true });
for await (const message of messages) {
  console.log(message.text(), message.retain ? 'was retained' : 'has just been published');
  if (message.text() === '22.0') break;
}

// An empty message takes the retained one away.
await thermometer.publish('home/kitchen/temperature', '', { qos: 1, retain: true });
await thermometer.close();
await display.close();
