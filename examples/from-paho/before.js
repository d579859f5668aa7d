import Paho from 'paho-mqtt';

const url = process.env.BROKER_URL;
// #region
// 1. a client, and what it calls
const client = new Paho.Client(url, 'lamp');
client.onConnectionLost = ({ errorMessage }) => console.log('not online', errorMessage);
client.onMessageDelivered = ({ destinationName }) => console.log('delivered', destinationName);
client.onMessageArrived = ({ destinationName, payloadString, retained }) => {
  console.log(destinationName, payloadString, retained); // 5.
  client.unsubscribe('rooms/+/light', { onSuccess: end }); // 8.
};
// 2. the will
const will = new Paho.Message('lost');
will.destinationName = 'lamps/lamp';
will.qos = 1;
// 3. connect; 4. subscribe, in onSuccess, since nothing else may be called before it
client.connect({
  cleanSession: true,
  keepAliveInterval: 30, // seconds
  timeout: 10, // seconds
  reconnect: true,
  willMessage: will,
  onFailure: failed,
  onSuccess: () => client.subscribe('rooms/+/light', { qos: 1, onSuccess: publish, onFailure: failed }),
});
function failed({ errorMessage }) {
  console.log(errorMessage);
}
// 6. publish; 7. onMessageDelivered hears of the acknowledgement
function publish() {
  client.send('rooms/kitchen/light', 'on', 1, false);
}
// 9. look whether it is connected, 10. end
function end() {
  if (client.isConnected()) client.disconnect();
}
// #endregion
