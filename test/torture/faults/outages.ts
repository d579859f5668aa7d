// A broker's process that is stopped and goes on, or is killed and started again, under both sides and every QoS.
import { setTimeout as sleep } from 'node:timers/promises';
import { BROKERS, type Broker, type BrokerName } from '../../all/interop/brokers.ts';
import { Pulse } from '../../all/interop/pulse.ts';
import { startBroker } from '../../all/interop/start.ts';
import { Random } from '../simulation/random.ts';
import { runLane, type Trouble } from './lane.ts';
import { lanesOf, type Result } from './result.ts';

/** The same outages for all lanes at once. */
export class Outages implements Trouble {
  readonly host: string;
  readonly isLossy: boolean;
  readonly port: number;
  readonly otherPort: number;
  isEnough = false;
  private readonly happen: () => Promise<void>;
  private happening: Promise<void> | undefined;

  /** @param happen all of them, one after the other */
  constructor(host: string, port: number, isLossy: boolean, happen: () => Promise<void>) {
    this.host = host;
    this.isLossy = isLossy;
    this.port = this.otherPort = port;
    this.happen = happen;
  }

  begin(): void {
    this.happening ??= this.happen().finally(() => (this.isEnough = true));
  }

  async end(): Promise<void> {
    await this.happening;
  }

  run(broker: BrokerName, seed: number): Promise<Result[]> {
    return Promise.all(lanesOf(broker, seed).map(async (lane) => [lane, await runLane(lane, this)] as const));
  }
}

export const pauseOf = (random: Random) => random.between(50, 1_500);
/** One half is too short for a keep alive of 2 s to notice. */
export const outageOf = (random: Random) =>
  random.chance(0.5) ? random.magnitude(1_000) : random.between(3_000, 5_000);

export async function disturb(
  name: BrokerName,
  signal: 'SIGSTOP' | 'SIGKILL',
  count: number,
  seed: number,
  isPersistent = false,
): Promise<Result[]> {
  const broker: Broker = BROKERS[name];
  const running = await startBroker(name, { isPersistent });
  const random = new Random(seed);
  const happen = async () => {
    for (let i = 0; i < count; i++) {
      await sleep(pauseOf(random));
      if (signal === 'SIGKILL') {
        await running.restart(random.magnitude(1_000));
        continue;
      }
      running.signal('SIGSTOP');
      await sleep(outageOf(random));
      running.signal('SIGCONT');
    }
  };
  const pulse =
    signal === 'SIGSTOP' && broker.faults.includes('sleeps between pieces') ? await Pulse.start(running) : undefined;
  try {
    const port = Number(new URL(running.url('ws')).port);
    return await new Outages('127.0.0.1', port, signal === 'SIGKILL', happen).run(name, seed);
  } finally {
    await pulse?.stop();
    await running.stop();
  }
}
