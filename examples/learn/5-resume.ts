import { publish, pubrec } from 'mqtt311/codec';
import { createSession } from 'mqtt311/session';
import { line } from './show.ts';

const session = createSession({
  send: (packet) => console.log(`  → ${line(packet)}`),
  deliver: () => {},
  restoreFailed: () => {},
});
const send = (qos: 1 | 2, name: string) =>
  session.publish(publish({ topic: 't', payload: new Uint8Array(0), qos }), (error) =>
    console.log(`${name}: ${error ?? 'acknowledged'}`),
  );

session.connected(false);
send(1, 'the first');
send(2, 'the second');
send(2, 'the third');
console.log('  ← PUBREC 2');
session.receive(pubrec(2));

console.log('the connection is lost; on the next one the broker still has the session');
session.disconnected();
session.connected(true);

console.log('it is lost again, and this time the broker has forgotten everything');
session.disconnected();
session.connected(false);
