import { createKeepAlive } from 'mqtt311/keep-alive';

const keepAlive = createKeepAlive(60, 0); // the keep alive in seconds, the time in milliseconds
function atTheDeadline(): void {
  const now = keepAlive.deadline;
  const verdict = keepAlive.poll(now);
  console.log(`${now / 1000} s: ${verdict}`);
  if (verdict === 'ping') keepAlive.sent(now);
}

keepAlive.sent(20_000); // two numbers are stored: there is no timer to be reset
keepAlive.received(21_000);
atTheDeadline();

keepAlive.received(70_040); // the PINGRESP
atTheDeadline();
atTheDeadline(); // no answer this time
