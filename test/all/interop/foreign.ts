// Other people's clients, each a program of its own.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Received, summary } from './peer.ts';

const folder = fileURLToPath(new URL('foreign', import.meta.url));

/** What they are, and the version that was seen to work. */
export const FOREIGN = {
  'Paho for Python': { source: 'Debian', package: 'python3-paho-mqtt', version: '1.6.1' },
  'MQTT.js': { source: 'npm', package: 'mqtt', version: '5.16.0' },
} as const;

export type ForeignName = keyof typeof FOREIGN;

const PROGRAMS: Record<ForeignName, readonly [string, string]> = {
  'Paho for Python': ['/usr/bin/python3', 'with-paho.py'], // of Debian, whose package it is
  'MQTT.js': [process.execPath, 'with-mqtt-js.js'],
};

/** Installs what npm has of them. Throws, saying what to install, when Debian's part is missing. */
export function installForeign(): void {
  if (!existsSync('/usr/lib/python3/dist-packages/paho'))
    throw new Error('missing: apt-get install --no-install-recommends python3-paho-mqtt');
  if (existsSync(`${folder}/node_modules/mqtt`)) return;
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'pipe' });
}

interface Event {
  event: 'connected' | 'subscribed' | 'published' | 'message' | 'error';
  [field: string]: unknown;
}

export interface ForeignWill {
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
}

export class Foreign {
  version = '';
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly events: Event[] = [];
  private wake: () => void = () => {};
  private errors = '';

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stderr.setEncoding('utf8').on('data', (text) => (this.errors += text));
    child.on('exit', () => this.wake());
    createInterface(child.stdout).on('line', (line) => {
      this.events.push(JSON.parse(line));
      this.wake();
    });
  }

  static async start(
    name: ForeignName,
    transport: 'tcp' | 'websockets',
    port: number,
    clientId: string,
    will?: ForeignWill,
  ): Promise<Foreign> {
    const [program, file] = PROGRAMS[name];
    const willText = will === undefined ? '' : JSON.stringify({ ...will, payload: base64(will.payload) });
    const foreign = new Foreign(spawn(program, [file, transport, String(port), clientId, willText], { cwd: folder }));
    foreign.version = (await foreign.next('connected'))['version'] as string;
    return foreign;
  }

  async subscribe(topic: string, qos: number): Promise<unknown> {
    this.command({ do: 'subscribe', topic, qos });
    return (await this.next('subscribed'))['granted'];
  }

  async publish(topic: string, payload: Uint8Array, qos: number, retain = false): Promise<void> {
    this.command({ do: 'publish', topic, payload: base64(payload), qos, retain });
    await this.next('published');
  }

  async message(): Promise<Received & { topic: string }> {
    const { topic, payload, qos, retain } = await this.next('message');
    const bytes = Buffer.from(payload as string, 'base64');
    return { topic: topic as string, payload: summary(bytes), qos: qos as number, retain: retain as boolean };
  }

  /** Ends it without a DISCONNECT. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private command(command: object): void {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  private async next(kind: Event['event']): Promise<Event> {
    for (;;) {
      const index = this.events.findIndex(({ event }) => event === kind || event === 'error');
      const found = this.events[index];
      if (found?.event === kind) return this.events.splice(index, 1)[0]!;
      if (found !== undefined || this.child.exitCode !== null)
        throw new Error(`no '${kind}' but ${JSON.stringify(found ?? this.child.exitCode)}\n${this.errors}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
