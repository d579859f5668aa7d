// A node of a cluster is killed under load: its clients move on to another one, and what was acknowledged is not lost.
import { expect, it } from 'vitest';
import { killNodes } from '../../torture/cluster/kills.ts';
import { complaints } from '../../torture/cluster/result.ts';

it('moves on to another node, and loses nothing acknowledged in a session that is kept, when a node is killed', async () => {
  // no session waits here for more than ack_wait, which is 30 s by default; and short delays, to be done within a minute
  const { results } = await killNodes({ count: 2, seed: 311, signal: 'SIGKILL', ackWait: 2, minDelay: 200 });
  expect(results.flatMap(complaints)).toEqual([]);
  for (const { published } of results) expect(published).toBeGreaterThan(200);
  expect(results.flatMap(({ moves }) => moves).length).toBeGreaterThan(3); // the first node alone has three of them
}, 300_000); // so that what is stuck is told, and its programs are stopped, before the test ends
