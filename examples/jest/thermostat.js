// What is tested: a program with a client, and with a time of its own.
const { createClient } = require('mqtt311');

/** Publishes the temperature every minute. @param options go to the client: in a test, a transport */
exports.startThermostat = function startThermostat(measure, options) {
  const client = createClient('wss://broker.example/mqtt', { clientId: 'thermostat', ...options });
  client.on('error', () => {}); // it reconnects by itself
  const timer = setInterval(() => {
    client.publish('rooms/kitchen/temperature', String(measure()), { qos: 1 }).catch(() => {});
  }, 60_000);
  client.on('state', (state) => {
    if (state === 'closed') clearInterval(timer);
  });
  return client;
};
