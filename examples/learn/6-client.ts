import { connect } from 'mqtt311/client';
import { PacketType } from 'mqtt311/codec';
import { brokerOf, polite } from './6-broker.ts';
import { line, withoutChance } from './show.ts';

let isCut = false;
const transport = brokerOf((packet) => {
  if (packet.type !== PacketType.PUBLISH || isCut) return polite(packet);
  isCut = true;
  return undefined; // the first PUBLISH is swallowed, and the connection with it
});

const client = await connect('ws://in.memory', {
  transport,
  clientId: 'lamp',
  cleanSession: false,
  reconnect: { minDelay: 1 },
  clock: withoutChance, // so that every run prints the same
});
client.on('packet', (direction, packet) => console.log(direction === 'sent' ? '  →' : '  ←', line(packet)));
client.on('state', (state, cause) => console.log(cause === undefined ? state : `${state}: ${cause.message}`));

await client.publish('home/kitchen', '21.5', { qos: 1 });
console.log('acknowledged');
await client.close();
