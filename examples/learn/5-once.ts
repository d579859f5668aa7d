import { publish, pubrel } from 'mqtt311/codec';
import { createSession } from 'mqtt311/session';
import { line } from './show.ts';

const session = createSession({
  send: (packet) => console.log(`  → ${line(packet)}`),
  deliver: (_message, receipt) => {
    console.log('the application gets the message');
    session.accept(receipt); // it is done with it
  },
  restoreFailed: () => {},
});
const message = publish({ topic: 't', payload: new Uint8Array(0), qos: 2, packetId: 7 });

session.connected(false);
session.receive(message);
session.disconnected(); // our PUBREC was lost with the connection
session.connected(true);
console.log('the broker sends it again');
session.receive({ ...message, dup: true });
session.receive(pubrel(7));
