// Other people's clients, each a program of its own.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Received, summary } from './peer.ts';

const folder = fileURLToPath(new URL('foreign', import.meta.url));

/** What they are, and the version that was seen to work: with mosquitto, … */
export const FOREIGN = {
  'Paho for Python': { source: 'Debian', package: 'python3-paho-mqtt', version: '1.6.1' },
  'MQTT.js': { source: 'npm', package: 'mqtt', version: '5.16.0' },
} as const;

/** … and with the broker of mqtt311/testing. */
export const CLIENTS = {
  ...FOREIGN,
  'Paho for JavaScript': { source: 'npm', package: 'paho-mqtt', version: '1.1.0' },
  'u8-mqtt': { source: 'npm', package: 'u8-mqtt', version: '0.6.7' },
  'mosquitto_sub and mosquitto_pub': { source: 'Debian', package: 'mosquitto-clients', version: '2.0.11' },
} as const;

export type ForeignName = keyof typeof FOREIGN;
export type ClientName = keyof typeof CLIENTS | 'mqtt311';

const PROGRAMS: Record<ClientName, string> = {
  'Paho for Python': 'with-paho.py',
  'MQTT.js': 'with-mqtt-js.js',
  'Paho for JavaScript': 'with-paho-js.js',
  'u8-mqtt': 'with-u8-mqtt.js',
  'mosquitto_sub and mosquitto_pub': 'with-mosquitto.js',
  mqtt311: 'with-mqtt311.js',
};

/** Installs what npm has of them. Throws, saying what to install, when Debian's part is missing. */
export function installForeign(): void {
  if (!existsSync('/usr/lib/python3/dist-packages/paho'))
    throw new Error('missing: apt-get install --no-install-recommends python3-paho-mqtt');
  const installed = `${folder}/node_modules`;
  if (existsSync(`${installed}/u8-mqtt`)) return;
  const cwd = mkdtempSync(`${folder}/install-`); // since other test files may install at the same time
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(`${folder}/${file}`, `${cwd}/${file}`);
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, stdio: 'pipe' });
  if (!existsSync(installed)) renameSync(`${cwd}/node_modules`, installed);
  rmSync(cwd, { recursive: true });
}

interface Event {
  event: 'connected' | 'refused' | 'subscribed' | 'unsubscribed' | 'published' | 'message' | 'lost' | 'error';
  [field: string]: unknown;
}

export interface ForeignWill {
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
}

export interface ForeignOptions {
  readonly clientId: string;
  readonly clean?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly will?: ForeignWill | undefined;
}

export class Foreign {
  version = '';
  /** Undefined for a client that does not tell. */
  sessionPresent: boolean | undefined;
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
    name: ClientName,
    transport: 'tcp' | 'websockets',
    port: number,
    options: ForeignOptions,
  ): Promise<Foreign> {
    const foreign = Foreign.spawn(name, transport, port, options);
    const { version, present } = await foreign.next('connected');
    foreign.version = version as string;
    foreign.sessionPresent = present as boolean | undefined;
    return foreign;
  }

  /** The return code with which the broker refuses the client. */
  static async refusal(...args: Parameters<typeof Foreign.start>): Promise<unknown> {
    const foreign = Foreign.spawn(...args);
    const { code } = await foreign.next('refused');
    await foreign.kill();
    return code;
  }

  private static spawn(...[name, transport, port, { clean = true, will, ...rest }]: Parameters<typeof Foreign.start>) {
    const file = PROGRAMS[name];
    const program = file.endsWith('.py') ? '/usr/bin/python3' : process.execPath; // of Debian, whose package it is
    const options = JSON.stringify({
      ...rest,
      clean,
      ...(will && { will: { ...will, payload: base64(will.payload) } }),
    });
    return new Foreign(spawn(program, [file, transport, String(port), options], { cwd: folder }));
  }

  async subscribe(topic: string, qos: number): Promise<unknown> {
    this.command({ do: 'subscribe', topic, qos });
    return (await this.next('subscribed'))['granted'];
  }

  async unsubscribe(topic: string): Promise<void> {
    this.command({ do: 'unsubscribe', topic });
    await this.next('unsubscribed');
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

  /** Resolves when the connection is over. */
  async lost(): Promise<void> {
    await this.next('lost');
  }

  /** Ends it with a DISCONNECT. */
  async leave(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.stdin.end();
    await exit;
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
