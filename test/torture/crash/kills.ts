// A client in a process of its own, killed at random moments, and started again on the same store.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { build } from 'esbuild';
import { connect, type Message } from '../../../src/index.node.ts';
import { levelStore } from '../../../src/session/level.ts';
import { Pulse } from '../../all/interop/pulse.ts';
import { startBroker } from '../../all/interop/start.ts';
import { Random } from '../simulation/random.ts';

export interface Report {
  readonly kills: number;
  /** Kills while messages were under way. */
  readonly online: number;
  readonly fulfilled: number;
  readonly received: number;
  /** Records of publishes that were found in the store after kills. */
  readonly kept: number;
  readonly offered: number;
  readonly processed: number;
  /** QoS 2 messages that were processed again: the process had died between its handler and the PUBREC. */
  readonly excused: number;
  readonly complaints: readonly string[];
}

/** Numbers of a process: it never gets to the next one's. */
const ROOM = 100_000;
const OFFERED_WINDOW = 30;
const PATIENCE = 30_000;

/** What was seen of messages in one direction at one QoS: numbers, in order. */
class Seen {
  readonly first = new Set<number>();
  readonly repeated: number[] = [];
  readonly disordered: number[] = [];
  private last = 0;

  take(number: number): void {
    if (this.first.has(number)) return void this.repeated.push(number);
    this.first.add(number);
    if (number < this.last) this.disordered.push(number);
    this.last = Math.max(this.last, number);
  }
}

export async function kill(count: number, seed: number): Promise<Report> {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'mqtt311-crash-'));
  const program = join('node_modules', '.cache', `mqtt311-crash-${process.pid}.mjs`); // finds its packages from there
  await build({
    entryPoints: ['test/torture/crash/child.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['classic-level', 'isomorphic-ws'],
  });
  const running = await startBroker('mosquitto', { hasNoLimits: true });
  const pulse = await Pulse.start(running);
  const url = running.url('ws');
  const complaints: string[] = [];
  const out = { 1: new Seen(), 2: new Seen() };
  const processed = { 1: new Seen(), 2: new Seen() };
  const fulfilled: number[] = [];
  const mustArrive = new Set<number>();
  const acknowledged = new Set<number>(); // PUBRECs that were sent
  const offered: number[] = [];
  let online = 0;
  let kept = 0;
  let excused = 0;

  const other = await connect(url, { clientId: 'immortal', cleanSession: false, reconnect: { initial: true } });
  const receive = ({ qos, payload }: Message) => out[qos as 1 | 2].take(Number(Buffer.from(payload).toString()));
  await other.subscribe('out/#', { qos: 2 }, receive);

  const hear = (line: string) => {
    const [word, ...rest] = line.split(' ');
    const [qos, number] = rest.map(Number) as [1 | 2, number];
    if (word === 'fulfilled') fulfilled.push(number);
    if (word === 'pubrec') acknowledged.add(qos);
    if (word === 'rejected' || word === 'error') complaints.push(line);
    if (word !== 'processed') return;
    if (qos === 2 && processed[2].first.has(number)) {
      if (acknowledged.has(number)) complaints.push(`QoS 2 message ${number} is processed after its PUBREC`);
      else excused += 1;
    } else processed[qos].take(number);
  };
  const offer = () => {
    const isBehind = () => offered.length - processed[1].first.size - processed[2].first.size < OFFERED_WINDOW;
    while (isBehind()) {
      const number = offered.length + 1;
      const qos = ((number % 2) + 1) as 1 | 2;
      offered.push(number);
      other.publish(`in/${qos}`, `${number}`, { qos }).catch((error) => complaints.push(`offer: ${error.message}`));
    }
  };
  const start = (turn: number) => {
    const child = spawn(process.execPath, [program, url, folder, `${turn * ROOM}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let rest = '';
    let isOnline = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        isOnline ||= line === 'online';
        hear(line);
      }
    });
    return { child, isOnline: () => isOnline };
  };

  try {
    // the session begins before anything is offered
    for (let turn = 1; turn <= count + 1; turn++) {
      const { child, isOnline } = start(turn);
      const closed = once(child, 'close');
      const died = closed.then(() => true);
      for (const end = Date.now() + PATIENCE; !isOnline() && Date.now() < end; ) {
        // some are killed before they are online
        if (turn > 1 && random.chance(0.002)) break;
        if (await Promise.race([died, sleep(5)])) throw new Error('the child has died by itself');
      }
      if (turn > count) {
        const isDone = () =>
          [...fulfilled, ...mustArrive].every((number) => out[((number % 2) + 1) as 1 | 2].first.has(number)) &&
          offered.every((number) => processed[((number % 2) + 1) as 1 | 2].first.has(number));
        for (const end = Date.now() + PATIENCE; !isDone() && Date.now() < end; ) await sleep(20);
      } else {
        for (let left = random.magnitude(300); left > 0; left -= 5) {
          offer();
          await sleep(5);
        }
        if (isOnline()) online += 1;
      }
      child.kill('SIGKILL');
      await closed;
      if (turn > count) break;
      const database = new ClassicLevel(folder);
      for (const [, record] of await levelStore(database as never).load('mortal')) {
        if (!('payload' in record)) continue;
        kept += 1;
        mustArrive.add(Number(Buffer.from(record.payload).toString()));
      }
      await database.close();
    }
  } finally {
    await other.close();
    await pulse.stop();
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(program);
  }
  const tell = (what: string, list: readonly number[]) => {
    if (list.length > 0) complaints.push(`${list.length} ${what}: ${list.slice(0, 5).join(', ')}`);
  };
  const outOf = (number: number) => out[((number % 2) + 1) as 1 | 2];
  tell(
    'lost that were fulfilled',
    fulfilled.filter((number) => !outOf(number).first.has(number)),
  );
  tell(
    'lost that were kept',
    [...mustArrive].filter((number) => !outOf(number).first.has(number)),
  );
  tell('received twice at QoS 2', out[2].repeated);
  tell('received out of order', [...out[1].disordered, ...out[2].disordered]);
  tell(
    'never processed',
    offered.filter((number) => !processed[((number % 2) + 1) as 1 | 2].first.has(number)),
  );
  tell('processed out of order', [...processed[1].disordered, ...processed[2].disordered]);
  return {
    kills: count,
    online,
    fulfilled: fulfilled.length,
    received: out[1].first.size + out[2].first.size,
    kept,
    offered: offered.length,
    processed: processed[1].first.size + processed[2].first.size,
    excused,
    complaints,
  };
}
