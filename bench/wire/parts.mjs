// KeepAlive and Session without sockets: what each of a hundred thousand takes. Prints JSON.
import { puback, publish } from '../../dist/codec/codec.js';
import { createKeepAlive } from '../../dist/connection/keep-alive.js';
import { createSession } from '../../dist/session/session.js';

const count = Number(process.argv[2]);
const memory = () => {
  gc();
  return process.memoryUsage().heapUsed;
};
const effects = { send() {}, deliver() {}, restoreFailed() {} };
const message = publish({ topic: 'a/b', payload: new Uint8Array(64), qos: 1 });
const settle = () => {};

/** Nanoseconds for each of what `step` does `count` times, the median of three. */
function timed(step) {
  const samples = Array.from({ length: 3 }, () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) step(i);
    return Number(process.hrtime.bigint() - start) / count;
  });
  return samples.sort((a, b) => a - b)[1];
}

let parts = [];
const make = (i) => {
  parts[i] = { keepAlive: createKeepAlive(300, 0), session: createSession(effects) };
};
const made = timed(make);
parts = [];
const before = memory();
for (let i = 0; i < count; i++) make(i);
const bytes = (memory() - before) / count;
let now = 0;
const polled = timed((i) => {
  const { keepAlive } = parts[i];
  now += 0.01;
  keepAlive.received(now);
  if (keepAlive.isDue(now)) throw new Error('it is not due');
});
for (const { session } of parts) session.connected(false);
let packetId = 0;
const exchanged = timed((i) => {
  const { session } = parts[i];
  packetId = session.publish(message, settle).packet.packetId;
  session.receive(puback(packetId));
});
console.log(JSON.stringify({ bytes, made, polled, exchanged }));
