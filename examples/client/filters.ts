import { connect } from 'mqtt311';

const client = await connect('wss://broker.example/mqtt');
// #region
// each filter may have a QoS of its own; the options say the QoS of the others
const filters = ['rooms/+/temperature', { topicFilter: 'alarms/#', qos: 2 }] as const;
const subscription = await client.subscribe(filters, { qos: 1 }, (message) => console.log(message.topic));
console.log(subscription.grantedQos);
await client.unsubscribe('rooms/+/temperature'); // any filter, also one of an older session
// #endregion
await client.close();
