// Promise (j), nothing is left after close, seen from outside: the garbage collector finds what the client held.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';
import { puback, pubcomp, publish, pubrec, pubrel, suback } from '../../../src/codec/codec.ts';
import { settled } from '../../support/fake-clock.ts';
import { Network } from '../../support/fake-network.ts';
import { planOf } from './plan.ts';
import { World } from './simulate.ts';

vi.setConfig({ testTimeout: 60_000 });
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** How many cannot be collected. */
async function leftOf(payloads: readonly WeakRef<Uint8Array>[]): Promise<number> {
  let left = payloads.length;
  // what was looked at is held until the turn is over, and what the compiler looks at in another thread, for longer
  for (let attempts = 0; left > 0 && attempts < 20; attempts++) {
    await settled();
    collect();
    left = payloads.filter((payload) => payload.deref() !== undefined).length;
  }
  return left;
}

it('a closed client that the application still has holds no message, whatever became of it', async () => {
  let all = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const { actions, ...plan } = planOf(seed, 200);
    if (plan.setting.durable) continue; // there the store has them
    const many = 2 * seed + 50;
    const { at } = actions[many]!; // in the middle of it all
    const world = new World({ ...plan, actions: [...actions.slice(0, many), { at, kind: 'close' }] });
    world.payloads = [];
    await world.run();
    expect([seed, world.witness.violation, await leftOf(world.payloads)]).toStrictEqual([seed, undefined, 0]);
    expect(world.application?.client?.state ?? 'closed').toBe('closed'); // some are closed before there is a client
    all += world.payloads.length;
  }
  expect(all).toBeGreaterThan(500);
});

it('an idle client holds no message that is done with', async () => {
  const network = new Network();
  const client = await network.online();
  const { connection } = network;
  const payloads: WeakRef<Uint8Array>[] = [];
  const track = (payload: Uint8Array) => {
    payloads.push(new WeakRef(payload));
    return payload;
  };
  const subscribing = client.subscribe('#', { qos: 2 }, ({ payload }) => void track(payload));
  await settled();
  await connection.give(suback({ packetId: 1, returnCodes: [2] }));
  await subscribing;
  const publishing = ([0, 1, 2] as const).map((qos) => client.publish('a', track(new Uint8Array(8)), { qos }));
  await settled();
  await connection.give(puback(2), pubrec(3), pubcomp(3));
  await Promise.all(publishing);
  const [topic, payload] = ['b', new Uint8Array(8)];
  for (const qos of [0, 1, 2] as const) await connection.give(publish({ topic, payload, qos, packetId: qos }));
  await connection.give(pubrel(2));
  expect([payloads.length, client.state, await leftOf(payloads)]).toStrictEqual([6, 'online', 0]);
});
