// Connections to one broker that are cut again and again, through a proxy: both sides and every QoS at once.
import { BROKERS, type Broker, type BrokerName } from '../../all/interop/brokers.ts';
import { Pulse } from '../../all/interop/pulse.ts';
import { type RunningBroker, startBroker } from '../../all/interop/start.ts';
import { Random } from '../simulation/random.ts';
import { type Lane, laneNumber, runLane, type Trouble } from './lane.ts';
import { ENDS, type Fault, FaultProxy, faultOf, HINDRANCES } from './proxy.ts';
import { inWords, lanesOf, type Result } from './result.ts';

export interface Cuts {
  readonly results: readonly Result[];
  /** Of each lane. */
  readonly faults: readonly (readonly Fault[])[];
}

/** @param count per side and QoS */
export async function cut(name: BrokerName, count: number, seed: number): Promise<Cuts> {
  const broker: Broker = BROKERS[name];
  const running = await startBroker(name);
  const pulse = broker.faults.includes('sleeps between pieces') ? await Pulse.start(running) : undefined;
  const lanes = lanesOf(name, seed);
  const troubles = await Promise.all(lanes.map((lane) => Cutting.start(lane, running, count)));
  try {
    const results = await Promise.all(lanes.map(async (lane, i) => [lane, await runLane(lane, troubles[i]!)] as const));
    return { results, faults: troubles.map(({ faults }) => faults) };
  } finally {
    for (const trouble of troubles) trouble.close();
    await pulse?.stop();
    await running.stop();
  }
}

class Cutting implements Trouble {
  readonly host = '127.0.0.1';
  readonly isLossy = false;
  readonly otherPort: number;
  private readonly count: number;
  private proxy!: FaultProxy;
  private isCutting = false;

  private constructor(running: RunningBroker, count: number) {
    this.otherPort = Number(new URL(running.url('ws')).port);
    this.count = count;
  }

  static async start({ side, qos, seed }: Lane, running: RunningBroker, count: number): Promise<Cutting> {
    const cutting = new Cutting(running, count);
    const random = new Random(seed, laneNumber(side, qos));
    const directions = qos > 0 ? (['up', 'down'] as const) : ([side === 'publisher' ? 'up' : 'down'] as const);
    const next = () => (cutting.isCutting ? faultOf(random, directions) : undefined);
    cutting.proxy = await FaultProxy.start(cutting.otherPort, next);
    return cutting;
  }

  get port(): number {
    return this.proxy.port;
  }

  get faults(): readonly Fault[] {
    return this.proxy.suffered.slice(0, this.count);
  }

  begin(): void {
    this.isCutting = true;
    this.proxy.reset();
  }

  get isEnough(): boolean {
    return this.proxy.suffered.length >= this.count;
  }

  async end(): Promise<void> {
    this.isCutting = false;
    this.proxy.reset();
  }

  close(): void {
    this.proxy.close();
  }
}

export function describeCuts({ results, faults }: Cuts): string[] {
  return results.map((result, i) => {
    const count = (is: (fault: Fault) => boolean) => faults[i]!.filter(is).length;
    const kinds = [
      ...ENDS.map((end) => `${count((fault) => fault.end === end)} ${end}`),
      ...HINDRANCES.slice(1).map((hindrance) => `${count((fault) => fault.hindrance === hindrance)} ${hindrance}`),
    ];
    return `${inWords(result)}; ${faults[i]!.length} cuts: ${kinds.join(', ')}`;
  });
}
