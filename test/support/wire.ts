// The world of the page "Hold the wire", played in words.
import { challenges } from '../../playground/wire/challenge.ts';
import type { Parcel } from '../../playground/wire/wire.ts';
import { World } from '../../playground/wire/world.ts';
import { nameOf } from '../../playground/words.ts';

const nameOfParcel = ({ clientId, direction, packet, isEnd }: Parcel) =>
  `${clientId} ${direction} ${isEnd ? 'end' : nameOf(packet)}`;

/** What is on the wire, as in `sensor up PUBLISH`. */
export const onTheWire = (world: World): string[] => world.wire.parcels.map(nameOfParcel);

/** Plays a challenge. A step is a move, or what happens to a packet on the wire: `deliver sensor up PUBLISH`. */
export async function play(name: string, steps: readonly string[]): Promise<World> {
  const world = new World(challenges.find((challenge) => challenge.name === name)!);
  await world.settled;
  for (const step of steps) {
    const [, verb, wanted] = /^(deliver|drop|delay) (.+)$/.exec(step) ?? [];
    const parcel = world.wire.parcels.find((one) => nameOfParcel(one) === wanted);
    if (verb !== undefined && parcel === undefined) throw new Error(`no ${wanted} among ${onTheWire(world)}`);
    await world.perform(verb === undefined ? step : `${verb}-${parcel!.id}`);
  }
  return world;
}
