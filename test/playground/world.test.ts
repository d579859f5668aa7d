// The world of the page "Hold the wire": its packets, its moves, and what both ends remember.
import { describe, expect, it } from 'vitest';
import { memoriesOfBroker, memoriesOfClient, retainedBy } from '../../playground/wire/memory.ts';
import { isHeld } from '../../playground/wire/wire.ts';
import { onTheWire, play } from '../support/wire.ts';

const stateOf = (world: Awaited<ReturnType<typeof play>>, clientId: string) => world.devices.get(clientId)!.state;
const textsOf = (world: Awaited<ReturnType<typeof play>>, clientId: string) =>
  world.devices.get(clientId)!.messages.map((message) => message.text());

describe('a packet on the wire', () => {
  it('stays where it is while it is held, however long that is', async () => {
    const world = await play('twice', ['publish-sensor-1', 'time-3600000']);
    expect(onTheWire(world)).toEqual(['sensor up PUBLISH']);
    expect(world.wire.parcels.every(isHeld)).toBe(true);
  });

  it('arrives a second after it was sent when nothing is held', async () => {
    const world = await play('lose', ['hold-off', 'publish-sensor-0', 'time-999']);
    expect(onTheWire(world)).toEqual(['sensor up PUBLISH']);
    await world.perform('time-1');
    expect(onTheWire(world)).toEqual(['phone down PUBLISH']);
  });

  it('waits for those in front of it when it is let go first', async () => {
    const world = await play('lose', ['publish-sensor-0', 'publish-sensor-0']);
    const [first, second] = world.wire.parcels.map(({ id }) => id);
    await world.perform(`deliver-${second}`);
    expect(onTheWire(world)).toEqual(['sensor up PUBLISH', 'sensor up PUBLISH']);
    await world.perform(`deliver-${first}`);
    expect(onTheWire(world)).toEqual(['phone down PUBLISH', 'phone down PUBLISH']);
  });

  it('goes on when the one in front of it is dropped', async () => {
    const world = await play('lose', ['publish-sensor-0', 'publish-sensor-0']);
    const [first, second] = world.wire.parcels.map(({ id }) => id);
    await world.perform(`deliver-${second}`);
    await world.perform(`drop-${first}`);
    await world.perform('deliver-all');
    expect(textsOf(world, 'phone')).toEqual(['reading 2']);
  });

  it('arrives 5 s later when it is delayed', async () => {
    const world = await play('lose', ['publish-sensor-0', 'delay sensor up PUBLISH', 'time-4999']);
    expect(onTheWire(world)).toEqual(['sensor up PUBLISH']);
    await world.perform('time-1');
    expect(onTheWire(world)).toEqual(['phone down PUBLISH']);
  });

  it('stops when holding begins while it travels', async () => {
    const world = await play('lose', ['hold-off', 'publish-sensor-0', 'time-300', 'hold-on', 'time-9000']);
    expect(onTheWire(world)).toEqual(['sensor up PUBLISH']);
  });

  it('is lost when the line is cut, of which both ends are told', async () => {
    const world = await play('twice', ['publish-sensor-1', 'cut-sensor']);
    expect(onTheWire(world)).toEqual([]);
    expect(world.log.at(-1)).toMatchObject({ fate: 'lost' });
    expect(stateOf(world, 'sensor')).toBe('waiting');
    expect(world.broker.sessions.get('sensor')).toMatchObject({ isOnline: false });
  });

  it('is lost on its way to a client that has given up, and to a broker that has', async () => {
    const silent = await play('dead', ['time-7000', 'deliver sensor up PINGREQ', 'time-6000']);
    expect(silent.log.find(({ parcel }) => parcel.direction === 'down')).toMatchObject({ fate: 'lost' });
    const taken = await play('survive', ['publish-sensor-1', 'disconnect-sensor', 'connect-sensor-clean']);
    const connect = taken.wire.parcels.at(-1)!;
    await taken.perform(`deliver-${connect.id}`); // the broker ends the connection of before
    const lost = taken.log.filter(({ fate }) => fate === 'lost').map(({ parcel }) => parcel.packet?.type ?? 'end');
    expect(lost).toEqual([3, 14, 'end']);
  });

  it('may be the end of a connection, which the other end hears of behind the packets', async () => {
    const world = await play('will', ['disconnect-sensor']);
    expect(onTheWire(world)).toEqual(['sensor up DISCONNECT', 'sensor up end']);
    await world.perform('deliver-all');
    expect(world.broker.clients.has('sensor')).toBe(false);
    expect(onTheWire(world)).toEqual([]);
  });
});

describe('a move', () => {
  it.each([
    ['jump-sensor', "'jump-sensor' is no move: write time, hold"],
    ['publish-sensor-3', "'publish-sensor-3' is no move"],
    ['time--5', "'time--5' is no move"],
    ['constructor-1', "'constructor-1' is no move"],
    ['deliver-999', 'there is no packet 999 on the wire'],
    ['connect-sensor-keep', 'sensor is connected'],
    ['cut-fridge', "there is no client 'fridge'"],
  ])('is refused, and changes nothing: %s', async (move, message) => {
    const world = await play('twice', []);
    const { moves, facts } = world;
    const before = facts.length;
    await expect(world.perform(move)).rejects.toThrow(message);
    expect([moves, facts.length]).toEqual([[], before]);
  });

  it('is refused when a client would publish that is not connected', async () => {
    const world = await play('twice', ['disconnect-sensor']);
    await expect(world.perform('publish-sensor-1')).rejects.toThrow('sensor is not connected');
  });

  it('joins the one before it when both let time pass', async () => {
    const world = await play('twice', ['time-50', 'time-50', 'publish-sensor-1', 'time-1000', 'time-1000']);
    expect(world.moves).toEqual(['time-100', 'publish-sensor-1', 'time-2000']);
  });

  it('leads to the same world whenever it is made again', async () => {
    const steps = ['publish-sensor-2', 'publish-sensor-1', 'time-40', 'time-60', 'cut-sensor', 'time-4000', 'hold-off'];
    const world = await play('once', [...steps, 'time-9000']);
    const again = await play('once', world.moves);
    expect(world.facts.length).toBeGreaterThan(30);
    expect(JSON.stringify(again.facts)).toBe(JSON.stringify(world.facts));
  });
});

describe('what both ends remember', () => {
  const memory = (world: Awaited<ReturnType<typeof play>>, clientId: string) => {
    const device = world.devices.get(clientId)!;
    return {
      client: Object.fromEntries(memoriesOfClient(device)),
      broker: Object.fromEntries(memoriesOfBroker(world.broker, device)),
    };
  };

  it('follows an exchange of QoS 2, step by step', async () => {
    const world = await play('once', ['publish-sensor-2']);
    const seen: (readonly string[] | undefined)[][] = [];
    const look = (clientId: string) => {
      const { client, broker } = memory(world, clientId);
      seen.push([client['in flight'], broker['in flight']]);
    };
    look('sensor');
    for (let step = 0; step < 4; step++) {
      await world.perform(`deliver-${world.wire.parcels.find(({ clientId }) => clientId === 'sensor')!.id}`);
      look('sensor');
    }
    for (let step = 0; step < 4; step++) {
      look('phone');
      await world.perform(`deliver-${world.wire.parcels[0]!.id}`);
    }
    expect(seen).toEqual([
      [[expect.stringMatching(/^keeps \d+: sent PUBLISH, reading 1$/)], []],
      [[expect.stringContaining('sent PUBLISH')], [expect.stringContaining('sent PUBREC')]],
      [[expect.stringContaining('sent PUBREL')], [expect.stringContaining('sent PUBREC')]],
      [[expect.stringContaining('sent PUBREL')], []],
      [[], []],
      [[], ['keeps 1: sent PUBLISH, reading 1']],
      [['keeps 1: sent PUBREC'], ['keeps 1: sent PUBLISH, reading 1']],
      [['keeps 1: sent PUBREC'], ['keeps 1: sent PUBREL']],
      [[], ['keeps 1: sent PUBREL']],
    ]);
    expect(memory(world, 'phone').client['messages']).toEqual(['reading 1']);
  });

  it('has what waits for a client that is away, its subscription, and a will', async () => {
    const world = await play('free', ['cut-phone', 'publish-sensor-1-retain', 'deliver sensor up PUBLISH']);
    expect(memory(world, 'phone').broker).toMatchObject({
      session: ['kept, the client is away'],
      subscriptions: ['home/#, QoS 2'],
      queued: ['reading 1, QoS 1'],
    });
    expect(memory(world, 'sensor').broker['will']).toEqual(['home/sensor: sensor is gone']);
    expect(memory(world, 'display').broker).toEqual({ session: ['none'] });
    expect(retainedBy(world.broker)).toEqual(['home/temperature: reading 1']);
  });

  it('has what a client that is offline could not send yet, and why it is offline', async () => {
    const world = await play('twice', ['cut-sensor', 'publish-sensor-1']);
    const { client } = memory(world, 'sensor');
    expect(client['queued']).toEqual(['reading 1, QoS 1']);
    expect(client['state']).toEqual(['waiting: the connection was closed, the line was cut']);
  });
});
