// On a slow link an answer waits behind what was sent before it.
import { describe, expect, it } from 'vitest';
import { Network } from '../support/fake-network.ts';

const KEEP_ALIVE = 60;
const FIRST_PING = 50_000;
const PATIENCE = 10_000;

async function online() {
  const network = new Network();
  const client = await network.online({ keepAlive: KEEP_ALIVE });
  const { connection, clock } = network;
  return { network, client, connection, clock };
}

describe('the wait for PINGRESP', () => {
  it('goes on while what waits in the socket gets less', async () => {
    const { clock, connection } = await online();
    connection.buffered = 100_000;
    await clock.advance(FIRST_PING);
    for (let i = 0; i < 20; i++) {
      connection.buffered -= 1_000;
      await clock.advance(PATIENCE);
      expect(connection.end).toBe(undefined);
    }
    connection.buffered = 0;
    await clock.advance(2 * PATIENCE - 1);
    expect(connection.end).toBe(undefined);
    await clock.advance(1);
    expect(connection.end).toBe('aborted');
  });

  it('ends within 1.5 keep alives of the last progress when the socket fills up, whatever is published', async () => {
    const { clock, client, connection } = await online();
    const begin = clock.now();
    while (connection.end === undefined && clock.now() - begin < 2 * KEEP_ALIVE * 1000) {
      client.publish('a', new Uint8Array(5_000)).catch(() => {});
      connection.buffered += 5_020; // the packet and the header of its frame
      await clock.advance(1_000);
    }
    expect(clock.now() - begin).toBeLessThanOrEqual(1.5 * KEEP_ALIVE * 1000);
    expect(connection.end).toBe('aborted');
  });

  it('ends when PINGREQs and publishes leave the socket and nothing comes', async () => {
    const { clock, client, connection } = await online();
    for (let i = 0; i < 59; i++) {
      client.publish('a', new Uint8Array(5_000)).catch(() => {});
      await clock.advance(1_000);
    }
    expect(connection.end).toBe(undefined);
    await clock.advance(1_000);
    expect(connection.end).toBe('aborted');
  });

  it('does not begin again with each wake()', async () => {
    const { clock, client, connection } = await online();
    await clock.advance(FIRST_PING);
    for (let i = 0; i < PATIENCE / 1_000; i++) {
      expect(connection.end).toBe(undefined);
      connection.buffered = i % 2; // what is sent leaves, and nothing comes
      client.publish('a', '').catch(() => {});
      client.wake();
      await clock.advance(1_000);
    }
    expect(connection.end).toBe('aborted');
  });
});
