// Three nodes of nats-server that share their sessions through JetStream, each a process that can be killed by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROKERS } from './brokers.ts';
import { freePorts, installedVersion, Program, write } from './start.ts';

/** How many nodes JetStream copies a session and a message to. */
const NODES = 3;
const READY_TIMEOUT = 60_000;
const READY_POLL = 50;
const READY_IN_A_ROW = 10;

export interface Cluster {
  readonly nodes: readonly Node[];
  log(): string;
  stop(): Promise<void>;
}

export class Node {
  readonly url: string;
  private readonly health: string;
  private readonly config: string;
  private readonly folder: string;
  private program: Program | undefined;

  constructor(url: string, health: string, config: string, folder: string) {
    this.url = url;
    this.health = health;
    this.config = config;
    this.folder = folder;
  }

  start(): void {
    if (this.program === undefined)
      this.program = new Program('/usr/sbin/nats-server', ['-c', this.config], this.folder);
    else this.program.start();
  }

  /** By SIGKILL, or asked by SIGTERM; fulfilled when the process has ended. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    await this.program?.stop(signal);
  }

  /** Until it has caught up with the others: then another one may be killed. */
  async healthy(): Promise<void> {
    const end = Date.now() + READY_TIMEOUT;
    for (let inARow = 0; inARow < READY_IN_A_ROW; await sleep(READY_POLL)) {
      this.program!.checkRunning();
      const trouble = await this.trouble();
      inARow = trouble === undefined ? inARow + 1 : 0;
      if (Date.now() > end) throw new Error(`${this.url} is not ready: ${trouble}`);
    }
  }

  /** What it says is missing: the first thing that it comes across, so that it has to be asked more than once. */
  private async trouble(): Promise<string | undefined> {
    const answer = await fetch(this.health).catch((error: Error) => error);
    if (answer instanceof Error) return answer.message;
    const text = await answer.text();
    // A killed process leaves a reader of the retained messages behind, and nothing reads from it any more.
    return answer.ok || text.includes('$MQTT_rmsgs_') ? undefined : text;
  }

  log(): string {
    return this.program?.log() ?? '';
  }
}

/** @param ackWait seconds after which nats-server sends again what was not acknowledged; it comes with 30 */
export async function startCluster(ackWait: number): Promise<Cluster> {
  installedVersion(BROKERS['nats-server']); // says what to install
  const folder = mkdtempSync(join(tmpdir(), 'mqtt311-cluster-'));
  const ports = await freePorts(NODES * 5);
  const portsOf = (i: number) => ports.slice(5 * i, 5 * i + 5) as [number, number, number, number, number];
  const routes = Array.from({ length: NODES }, (_, i) => `nats-route://127.0.0.1:${portsOf(i)[0]}`).join(', ');
  const nodes = Array.from({ length: NODES }, (_, i) => {
    const [cluster, client, monitor, mqtt, webSocket] = portsOf(i);
    const config = write(
      folder,
      `${i}.conf`,
      `server_name: "node-${i}"
listen: "127.0.0.1:${client}"
http: "127.0.0.1:${monitor}"
jetstream { store_dir: "${folder}/${i}", max_mem: 64MB, max_file: 256MB }
cluster { name: "nodes", listen: "127.0.0.1:${cluster}", routes: [${routes}] }
mqtt { listen: "127.0.0.1:${mqtt}", ack_wait: "${ackWait}s" }
websocket { listen: "127.0.0.1:${webSocket}", no_tls: true }
`,
    );
    return new Node(`ws://127.0.0.1:${webSocket}/mqtt`, `http://127.0.0.1:${monitor}/healthz`, config, folder);
  });
  const log = () => nodes.map((node, i) => `node ${i}:\n${node.log()}`).join('\n');
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const node of nodes) node.start();
    await Promise.all(nodes.map((node) => node.healthy()));
  } catch (error) {
    await stop();
    throw new Error(`the cluster did not start: ${(error as Error).message}\n${log()}`, { cause: error });
  }
  return { nodes, log, stop };
}
