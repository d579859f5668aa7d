import { pubcomp, publish } from 'mqtt311/codec';
import { createSession } from 'mqtt311/session';
import { line } from './show.ts';

const session = createSession({
  send: (packet) => console.log(`  → ${line(packet)}`),
  deliver: () => {},
  restoreFailed: () => {},
});
session.connected(false);
session.publish(publish({ topic: 't', payload: new Uint8Array(0), qos: 1 }), (error) =>
  console.log(`the promise: ${error ?? 'fulfilled'}`),
);
try {
  console.log('  ← PUBCOMP 1');
  session.receive(pubcomp(1));
} catch (error) {
  console.log(`the connection: ${error}`);
}
