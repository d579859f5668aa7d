import { MemoryLevel } from 'memory-level';
import { beforeEach, expect, it, vi } from 'vitest';
import { open, type Status } from '../../examples/offline-first.ts';
import { type Packet, PacketType, puback } from '../../src/codec/codec.ts';
import { settled } from '../support/fake-clock.ts';
import { fate, Network } from '../support/fake-network.ts';

beforeEach(() => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {}); // each attempt that fails is told
  return () => warn.mockRestore();
});

type Database = Parameters<typeof open>[1];

/** A process with a notebook, on a network that the test plays. */
function startProcess(database: MemoryLevel) {
  const network = new Network();
  const shown: Status[] = [];
  const { clock, transport } = network;
  const notebook = open('ws://b.test', database as unknown as Database, (s) => shown.push(s), { clock, transport });
  return { network, shown, ...notebook };
}

/** The publishes that are kept. */
const outbound = async (database: MemoryLevel) => (await database.keys().all()).filter((key) => key.startsWith('out/'));

const topicsAndTexts = (packets: Packet[]) =>
  packets.map((packet) => packet.type === PacketType.PUBLISH && [packet.topic, Buffer.from(packet.payload).toString()]);

it('sends what was saved without a network, in this process or in an earlier one, in its order', async () => {
  const database = new MemoryLevel();
  const first = startProcess(database);
  const saving = first.save({ text: 'milk' });
  await settled();
  expect(first.shown).toEqual([{ state: 'connecting', unsent: 1 }]);
  await first.network.connection.cut(1006);
  await vi.waitFor(async () => expect(await outbound(database)).toHaveLength(1));
  expect(first.shown.at(-1)).toEqual({ state: 'waiting', unsent: 1 });
  expect(await fate(saving)).toBe('pending');
  // the process is killed: it closes nothing, and has written what it had accepted

  const second = startProcess(database);
  const bread = second.save({ text: 'bread' });
  await settled();
  const connection = await second.network.accept();
  await vi.waitFor(() => expect(connection.packets).toHaveLength(3));
  expect(topicsAndTexts(connection.packets.slice(1))).toEqual([
    ['notes', '{"text":"milk"}'],
    ['notes', '{"text":"bread"}'],
  ]);
  for (const packet of connection.packets.slice(1))
    await connection.give(puback((packet as { packetId: number }).packetId));
  await bread;
  expect(second.shown.at(-1)).toEqual({ state: 'online', unsent: 0 });
});

it('keeps a note that it could not send before it was closed, and counts one that was illegal no more', async () => {
  const database = new MemoryLevel();
  const { client, save, shown } = startProcess(database);
  const saving = save({ text: 'milk' });
  const refused = save({ toJSON: () => undefined });
  await expect(refused).rejects.toThrow(TypeError);
  expect(shown.at(-1)).toMatchObject({ unsent: 1 });
  void client.close({ drain: 0 });
  await expect(saving).rejects.toThrow('closed');
  expect(shown.at(-1)).toEqual({ state: 'closed', unsent: 1 });
  expect(await outbound(database)).toHaveLength(1);
});
