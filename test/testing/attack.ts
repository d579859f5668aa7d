// Mutated packets, cut at random, against the broker. What a second decoder says of the same bytes decides whether the
// connection has to end.
import { expect } from 'vitest';
import { connect, encode, pingreq } from '../../src/codec/codec.ts';
import { hex } from '../support/hex.ts';
import { INCOMPLETE, judge, REFUSED } from '../support/naive-decoder.ts';
import { cases } from '../torture/fuzz/fuzz.ts';
import { join, Raw, startBroker, type World } from './raw.ts';

/** What a client may send after its CONNECT without an end: PUBLISH, PUBREL, SUBSCRIBE, UNSUBSCRIBE, PINGREQ. */
const HARMLESS = [3, 6, 8, 10, 12];

/** Whether the connection has to end with these bytes, which come behind a CONNECT. */
function hasToEnd(source: Uint8Array): boolean {
  let bytes = Array.from(source);
  while (bytes.length > 0) {
    const judgement = judge(bytes);
    if (judgement === INCOMPLETE) return false;
    if (judgement === REFUSED || !HARMLESS.includes(bytes[0]! >> 4)) return true; // no acknowledgement is expected
    bytes = bytes.slice(judgement.size);
  }
  return false;
}

export interface Tally {
  readonly ended: number;
  readonly open: number;
}

/** Sends this many cases, each on a connection of its own, and half of them behind a CONNECT. */
export async function attack(count: number, seed: number): Promise<Tally> {
  const world = startBroker();
  const bystander = await join(world, 'bystander');
  const tally = { ended: 0, open: 0 };
  let left = count;
  for (const { source, cuts } of cases(seed)) {
    if (left-- === 0) break;
    const isConnected = left % 2 === 0;
    const isClosed = await send(world, source, cuts, isConnected);
    if (isConnected) expect(isClosed, hex(source)).toBe(hasToEnd(source));
    tally[isClosed ? 'ended' : 'open'] += 1;
    if (left % 100 > 0) continue;
    expect(await bystander.send(pingreq())).toMatchObject([{ type: 13 }]);
    await world.clock.advance(10_000); // those that sent no whole CONNECT are closed
    expect([...world.broker.clients.keys()]).toEqual(['bystander']);
  }
  return tally;
}

/** Sends the bytes in these pieces, and tells whether the connection is over then. */
async function send(
  { broker }: World,
  source: Uint8Array,
  cuts: readonly number[],
  isConnected: boolean,
): Promise<boolean> {
  const client = new Raw(broker);
  if (isConnected) client.write(encode(connect({ clientId: 'attacker', keepAlive: 0 })));
  let position = 0;
  for (const size of [...cuts, source.length]) {
    client.write(source.slice(position, position + size));
    position += size;
  }
  await client.taken();
  const { isClosed } = client;
  await client.close();
  return isClosed;
}
