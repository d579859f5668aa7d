import { PacketType } from 'mqtt311/codec';
import { createBroker } from 'mqtt311/testing';
import { expect, it } from 'vitest';
import { startMeter } from './meter.ts';

it('publishes again when the PUBACK is lost', async () => {
  const broker = createBroker();
  const { client, count } = startMeter(() => 'token', { transport: broker.transport, reconnect: { maxDelay: 1 } });
  const dups: boolean[] = []; // of each PUBLISH that the broker gets
  broker.on('packet', ({ packet, fate }) => {
    if (packet?.type === PacketType.PUBLISH && fate === 'delivered') dups.push(packet.dup);
  });
  broker.network.cut({ type: PacketType.PUBACK }); // the broker has the message, and the meter cannot know
  await count(21);
  expect(dups).toEqual([false, true]);
  await client.close();
  broker.close();
});
