// child.ts URL FOLDER FIRST: publishes numbers from FIRST on, and takes what comes, until it is killed. It says what it
// knows in lines that are written at once: whoever kills it has read all that it knew.
import { writeSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { PacketType } from '../../../src/codec/codec.ts';
import { connect, type Message } from '../../../src/index.node.ts';
import { levelStore } from '../../../src/session/level.ts';

const [url, folder, first] = process.argv.slice(2);
const say = (...words: unknown[]) => void writeSync(1, `${words.join(' ')}\n`);
const WINDOW = 10;

const database = new ClassicLevel(folder!);
const client = await connect(url!, {
  clientId: 'mortal',
  cleanSession: false,
  keepAlive: 30,
  reconnect: { initial: true, minDelay: 5, maxDelay: 50 },
  store: levelStore(database as never),
});
const arrived = new Map<number, number>(); // QoS 2 messages by identifier
client.on('packet', (direction, packet) => {
  if (direction === 'received' && packet.type === PacketType.PUBLISH && packet.qos === 2)
    arrived.set(packet.packetId, Number(Buffer.from(packet.payload).toString()));
  if (direction === 'sent' && packet.type === PacketType.PUBREC) say('pubrec', arrived.get(packet.packetId));
});
const take = (message: Message) => say('processed', message.qos, message.text());
client.on('unrouted', take); // of the session that is resumed
client.on('error', (error) => say('error', error.message));
await client.subscribe('in/1', { qos: 1 }, take);
await client.subscribe('in/2', { qos: 2 }, take);
say('online'); // what is offered from here on is for this session

let number = Number(first);
let pending = 0;
const publish = () => {
  number += 1;
  const [own, qos] = [number, ((number % 2) + 1) as 1 | 2];
  pending += 1;
  client.publish(`out/${qos}`, `${own}`, { qos }).then(
    () => {
      pending -= 1;
      say('fulfilled', qos, own);
    },
    (error: Error) => say('rejected', own, error.message),
  );
};
setInterval(() => {
  while (pending < WINDOW) publish();
}, 2);
