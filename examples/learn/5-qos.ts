import { pubcomp, publish, pubrec } from 'mqtt311/codec';
import { createSession } from 'mqtt311/session';
import { line } from './show.ts';

const session = createSession({
  send: (packet) => console.log(`  → ${line(packet)}`),
  deliver: () => {},
  restoreFailed: () => {},
});
session.connected(false);

const message = publish({ topic: 't', payload: new Uint8Array(0), qos: 2 });
session.publish(message, (error) => console.log(error ?? 'the promise is fulfilled'));
console.log('  ← PUBREC 1');
session.receive(pubrec(1));
console.log('  ← PUBCOMP 1');
session.receive(pubcomp(1));
