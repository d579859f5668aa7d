// Full: a queue at its cap, and a consumer that never reads.
import { describe, expect, it, vi } from 'vitest';
import { PacketType, puback, publish, suback } from '../../src/codec/codec.ts';
import { settled } from '../support/fake-clock.ts';
import { fate, Network } from '../support/fake-network.ts';

vi.setConfig({ testTimeout: 120_000 });

const MANY = 100_000;
const MEBIBYTE = 0x10_0000;
const payload = new Uint8Array(100);

describe(`${MANY} publishes without a connection`, () => {
  it('are held at the cap: the rest is rejected at once, and takes no memory', async () => {
    const network = new Network();
    const client = await network.online({ maxQueued: 10_000 });
    await network.connection.cut();
    const errors: Error[] = [];
    let fulfilled = 0;
    for (let i = 0; i < MANY; i++)
      client.publish('t', payload, { qos: 1 }).then(
        () => (fulfilled += 1),
        (error) => errors.push(error),
      );
    await settled();
    expect(errors).toHaveLength(MANY - 10_000);
    expect(new Set(errors.map(({ name }) => name))).toEqual(new Set(['QueueFullError']));
    void client.close();
    await settled();
    expect([fulfilled, errors.length]).toEqual([0, MANY]);
  });

  it('are all sent, in order, once there is one, if the cap allows', async () => {
    const some = 20_000;
    const network = new Network();
    const client = await network.online({ maxQueued: some });
    await network.connection.cut();
    let fulfilled = 0;
    for (let i = 0; i < some; i++) void client.publish(`${i}`, payload, { qos: 1 }).then(() => (fulfilled += 1));
    await network.clock.advance(network.clock.pending[0]!);
    const connection = await network.accept();
    const topics: string[] = [];
    for (let packets = await connection.taken(); packets.length > 0; packets = await connection.taken()) {
      for (const packet of packets) if (packet.type === PacketType.PUBLISH) topics.push(packet.topic);
      const acknowledgements = packets.map((packet) => puback('packetId' in packet ? packet.packetId : 0));
      await connection.give(...acknowledgements);
    }
    expect(topics).toEqual(Array.from({ length: some }, (_, i) => `${i}`));
    expect(fulfilled).toBe(some);
  });
});

describe('a consumer that never reads', () => {
  it('holds 64 MiB of QoS 0, and is told of those that were dropped', async () => {
    const network = new Network();
    const client = await network.online();
    const subscribing = client.subscribe('#');
    await network.connection.taken();
    await network.connection.give(suback({ packetId: 1, returnCodes: [0] }));
    const subscription = await subscribing;
    const size = 10_000;
    const large = publish({ topic: 't', payload: new Uint8Array(size) });
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < MANY / 100; i++) await network.connection.give(...Array.from({ length: 100 }, () => large));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500 * MEBIBYTE); // of a thousand that came
    expect(network.errors.map(({ name }) => name)).toEqual(['MessagesDroppedError']);
    const messages = subscription[Symbol.asyncIterator]();
    const held = Math.floor((64 * MEBIBYTE) / size);
    for (let i = 0; i < held; i++) expect(await fate(messages.next())).toMatchObject({ done: false });
    expect(await fate(messages.next())).toBe('pending');
    expect(network.errors.at(-1)).toMatchObject({ dropped: MANY - held });
  });
});
