// Traffic of its own, for a broker that sleeps.
import { setTimeout as sleep } from 'node:timers/promises';
import { Peer } from './peer.ts';
import type { RunningBroker } from './start.ts';

const INTERVAL = 2;

export class Pulse {
  private readonly peer: Peer;
  private isBeating = true;
  private readonly beating: Promise<void>;

  private constructor(peer: Peer) {
    this.peer = peer;
    this.beating = this.beat();
  }

  static async start(broker: Pick<RunningBroker, 'url' | 'ca'>): Promise<Pulse> {
    return new Pulse(await Peer.open(broker.url('ws'), broker.ca, { clientId: 'pulse' }));
  }

  async stop(): Promise<void> {
    this.isBeating = false;
    await this.beating;
    await this.peer.client.close();
  }

  private async beat(): Promise<void> {
    while (this.isBeating) {
      await this.peer.client.publish('pulse', '', { qos: 1 });
      await sleep(INTERVAL);
    }
  }
}
