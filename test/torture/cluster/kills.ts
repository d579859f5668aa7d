// Kills the nodes of a cluster one after the other, under clients at QoS 0 and 1, with and without a session.
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import type { QoS } from '../../../src/index.node.ts';
import { type Cluster, startCluster } from '../../all/interop/cluster.ts';
import { Random } from '../simulation/random.ts';
import { Lane, type Outcome } from './lane.ts';
import { type Member, OtherMember, OurMember } from './member.ts';

export interface Kills {
  readonly count: number;
  readonly seed: number;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  /** Seconds after which the broker sends again what was not acknowledged. */
  readonly ackWait: number;
  /** `reconnect.minDelay` of the clients. */
  readonly minDelay: number;
  /** Whether the clients are MQTT.js, to tell a fault of the broker from one of ours. */
  readonly isOther?: boolean;
}

export interface Result extends Outcome {
  readonly qos: QoS;
  readonly cleanSession: boolean;
}

export interface Outcomes {
  readonly results: readonly Result[];
  /** Milliseconds until a node that lives answered the CONNECT of a client that is not ours: one for each kill. */
  readonly answers: readonly number[];
}

/** When a connection has lasted this many times `minDelay`, the delays begin from the beginning. */
const STABLE = 10;
/** Milliseconds after which the witness tries again. */
const WITNESS = 100;
const PATIENCE = 60_000;
/** Milliseconds without a message, all clients being online, after which none will come. */
const STALL = 15_000;
const POLL = 20;

export async function killNodes(kills: Kills): Promise<Outcomes> {
  const { count, seed, signal, ackWait, minDelay } = kills;
  const cluster = await startCluster(ackWait);
  try {
    const lanes = await startLanes(cluster, kills);
    const random = new Random(seed);
    const answers: number[] = [];
    for (let i = 0; i < count; i++) {
      await sleep(STABLE * minDelay + random.between(100, 1_000));
      answers.push(await killUnder(cluster, lanes, memberOf(lanes, i), signal, random.between(500, 5_000)));
    }
    const results = await Promise.all(
      lanes.map(async (lane) => ({ qos: lane.qos, cleanSession: lane.cleanSession, ...(await lane.end()) })),
    );
    return { results, answers };
  } finally {
    await cluster.stop();
  }
}

async function startLanes({ nodes }: Cluster, { minDelay, isOther = false }: Kills): Promise<Lane[]> {
  const urls = nodes.map(({ url }) => url);
  let begin = 0;
  const open = (clientId: string, cleanSession: boolean): Member => {
    const options = { clientId, cleanSession, urls, begin: begin++ % urls.length, minDelay };
    return isOther ? new OtherMember(options) : new OurMember(options);
  };
  const lanes = ([0, 1] as const).flatMap((qos) =>
    [true, false].map((cleanSession) => {
      const name = `qos${qos}-${cleanSession ? 'clean' : 'kept'}`;
      const [publisher, subscriber] = [
        open(`${name}-publisher`, cleanSession),
        open(`${name}-subscriber`, cleanSession),
      ];
      return new Lane({ qos, cleanSession, publisher, subscriber });
    }),
  );
  // at once they would all create the same streams
  for (const lane of lanes) await lane.start();
  return lanes;
}

/** Every client in its turn: the subscribers first. */
function memberOf(lanes: readonly Lane[], i: number): Member {
  const members = [...lanes.map(({ subscriber }) => subscriber), ...lanes.map(({ publisher }) => publisher)];
  return members[(i * 3) % members.length]!;
}

/** Kills the node that a client is on, and starts it again after this many milliseconds. Returns the answer's. */
async function killUnder(
  { nodes }: Cluster,
  lanes: readonly Lane[],
  member: Member,
  signal: Kills['signal'],
  away: number,
): Promise<number> {
  const killed = member.node;
  const node = nodes[killed]!;
  const members = lanes.flatMap((lane) => lane.members);
  for (const one of members) if (one.node === killed) one.expectMove();
  await node.kill(signal);
  for (const lane of lanes) lane.watch();
  const answer = answerOf(nodes[(killed + 1) % nodes.length]!.url);
  await sleep(away);
  node.start();
  await node.healthy();
  const isFlowing = () => lanes.every((lane) => lane.isFlowing);
  const isOnline = () => members.every((one) => one.isSettled);
  const stuck = () => new Error(`after node ${killed} was killed: ${lanes.map((lane) => lane.describe()).join('; ')}`);
  if (!(await until(isOnline, PATIENCE))) throw stuck();
  if (await until(isFlowing, STALL)) return answer;
  for (const lane of lanes) if (!lane.isFlowing) lane.restart();
  if (!(await until(() => isOnline() && isFlowing(), PATIENCE))) throw stuck();
  return answer;
}

async function until(isDone: () => boolean, patience: number): Promise<boolean> {
  for (const end = Date.now() + patience; !isDone(); await sleep(POLL)) if (Date.now() > end) return false;
  return true;
}

/** How long a client of another library takes until it is connected, in milliseconds: it tells what the broker takes. */
async function answerOf(url: string): Promise<number> {
  const begin = performance.now();
  const witness = mqtt.connect(url, { reconnectPeriod: WITNESS });
  witness.on('error', () => {});
  await until(() => witness.connected, PATIENCE);
  witness.end(true);
  return performance.now() - begin;
}
