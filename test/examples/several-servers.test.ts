import { expect, it } from 'vitest';
import { start } from '../../examples/several-servers.ts';
import { Network } from '../support/fake-network.ts';

it('goes to the next server for each attempt, and around, whether a server refused or lost the connection', async () => {
  const network = new Network();
  const { clock, transport } = network;
  const client = start(['ws://a.test', 'ws://b.test', 'ws://c.test'], { clientId: 'lamp', clock, transport });
  await network.accept();
  await clock.advance(60_000 - 1); // it proves stable
  await network.reconnect();
  for (let attempt = 0; attempt < 2; attempt++) {
    await network.connection.cut();
    await clock.advance(network.clock.pending[0]!);
  }
  const hosts = network.connections.map(({ url }) => new URL(url).hostname);
  expect(hosts).toEqual(['a.test', 'b.test', 'c.test', 'a.test']);
  await client.close({ drain: 0 });
});

it('gives up a server that does not answer after 5 s', async () => {
  const network = new Network();
  const { clock, transport } = network;
  const client = start(['ws://silent.test', 'ws://b.test'], { clientId: 'lamp', clock, transport });
  await clock.advance(5_000 + 400);
  expect(network.connections.map(({ url }) => url)).toEqual(['ws://silent.test', 'ws://b.test']);
  await client.close({ drain: 0 });
});
