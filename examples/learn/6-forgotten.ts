import { connect } from 'mqtt311/client';
import { PacketType } from 'mqtt311/codec';
import { brokerOf, polite } from './6-broker.ts';
import { line, withoutChance } from './show.ts';

let publishes = 0;
const transport = brokerOf((packet) => {
  if (packet.type === PacketType.PUBLISH && packet.qos === 0) return undefined; // the connection is cut
  if (packet.type === PacketType.PUBLISH && ++publishes === 1) return []; // it arrives, and its PUBACK is lost
  return polite(packet);
});

const client = await connect('ws://in.memory', {
  transport,
  clientId: 'lamp',
  cleanSession: false,
  reconnect: { minDelay: 1 },
  clock: withoutChance,
});
client.on('packet', (direction, packet) => {
  if (packet.type === PacketType.PUBLISH || packet.type === PacketType.PUBACK)
    console.log(direction === 'sent' ? '  →' : '  ←', line(packet));
});

let isOpen = true;
const promise = client.publish('home/kitchen', '21.5', { qos: 1 }).then(() => {
  isOpen = false;
});
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(isOpen ? 'the promise is still open' : 'acknowledged');
await client.publish('cut', ''); // at QoS 0: this broker cuts the connection
await promise;
console.log('acknowledged');
await client.close({ drain: 0 });
