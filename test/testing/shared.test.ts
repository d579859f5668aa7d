// `$share/NAME/FILTER`, of which MQTT 3.1.1 says nothing: each message goes to one member of the group.
import { expect, it } from 'vitest';
import { disconnect, pubrec, pubrel, type QoS } from '../../src/codec/codec.ts';
import type { BrokerOptions } from '../../src/testing/testing.ts';
import { join, type Raw, rejoin, shown, startBroker, type World } from './raw.ts';

/** A world with the members of a group, in the order in which they subscribed. */
async function startGroup(
  members: Record<string, { cleanSession: boolean; qos?: QoS }>,
  options: BrokerOptions = {},
): Promise<{ world: World; clients: Raw[] }> {
  const world = startBroker(options);
  const clients: Raw[] = [];
  for (const [name, { cleanSession, qos = 2 }] of Object.entries(members)) {
    const client = await join(world, name, { cleanSession });
    await client.subscribe('$share/g/a', qos);
    clients.push(client);
  }
  return { world, clients };
}

const GONE = { cleanSession: true };
const KEPT = { cleanSession: false };

it.each([
  ['says goodbye', (client: Raw) => client.send(disconnect())],
  ['is cut off', (client: Raw) => client.close()],
])('gives what is in flight or queued at a member to another one when its session ends: it %s', async (_, go) => {
  const { world, clients } = await startGroup({ first: GONE, second: { ...GONE, qos: 1 } }, { maxInflight: 1 });
  const [first, second] = clients as [Raw, Raw];
  for (const text of ['0', '1', '2', '3']) world.broker.publish('a', text, { qos: 2 });
  expect(shown(await first.messages())).toEqual(['a 0 2']); // 2 is queued
  expect(shown(await second.messages())).toEqual(['a 1 1']); // 3 is queued
  await go(first);
  expect(world.broker.sessions.get('second')!.queued.map(({ payload }) => `${Buffer.from(payload)}`)).toEqual([
    '3',
    '0',
    '2',
  ]);
});

it('gives a message to the rest of the group with the QoS that it came with, as a new one', async () => {
  const { world, clients } = await startGroup({ low: { ...GONE, qos: 1 }, high: GONE });
  world.broker.publish('a', 'x', { qos: 2 });
  expect(shown(await clients[0]!.messages())).toEqual(['a x 1']);
  await clients[0]!.close();
  expect(shown(await clients[1]!.messages())).toEqual(['a x 2']);
});

it('gives a QoS 2 message to nobody else when its member has answered it with PUBREC', async () => {
  const { world, clients } = await startGroup({ first: GONE, second: GONE });
  world.broker.publish('a', 'x', { qos: 2 });
  expect(await clients[0]!.send(pubrec(1))).toEqual([expect.objectContaining({ type: 3 }), pubrel(1)]);
  await clients[0]!.close();
  expect(await clients[1]!.messages()).toEqual([]);
});

it('gives to others what waits in a kept session when the same client asks for a clean one', async () => {
  const { world, clients } = await startGroup({ kept: KEPT, other: GONE });
  world.broker.publish('a', 'x', { qos: 1 });
  await clients[0]!.close();
  expect(await clients[1]!.messages()).toEqual([]);
  await join(world, 'kept', { cleanSession: true });
  expect(shown(await clients[1]!.messages())).toEqual(['a x 1']);
});

it('leaves messages to a member whose session is kept, and gives new ones to members that are online', async () => {
  const { world, clients } = await startGroup({ kept: KEPT, online: KEPT });
  world.broker.publish('a', '0', { qos: 1 });
  await clients[0]!.close();
  for (const text of ['1', '2', '3']) world.broker.publish('a', text, { qos: 1 });
  expect(shown(await clients[1]!.messages())).toEqual(['a 1 1', 'a 2 1', 'a 3 1']);
  expect(shown(await (await rejoin(world, 'kept')).messages())).toEqual(['a 0 1 dup']);
});

it('keeps messages for a member that is away when all are', async () => {
  const { world, clients } = await startGroup({ first: KEPT, second: KEPT });
  for (const client of clients) await client.close();
  for (const text of ['0', '1']) world.broker.publish('a', text, { qos: 1 });
  expect(shown(await (await rejoin(world, 'first')).messages())).toEqual(['a 0 1']);
  expect(shown(await (await rejoin(world, 'second')).messages())).toEqual(['a 1 1']);
});

it('leaves to a session that ends what came by a filter of its own, or by a group without other members', async () => {
  const { world, clients } = await startGroup({ first: GONE });
  const other = await join(world, 'other', {});
  await other.subscribe('$share/h/a');
  await clients[0]!.subscribe('a');
  world.broker.publish('a', 'x', { qos: 1 });
  await other.messages();
  expect(shown(await clients[0]!.messages())).toEqual(['a x 1', 'a x 1']);
  await clients[0]!.close();
  expect(await other.messages()).toEqual([]);
});
