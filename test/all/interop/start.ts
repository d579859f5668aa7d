// Starts brokers for a test: each on free ports of 127.0.0.1, with a configuration of its own in a temporary folder.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import { type Certificates, makeCertificates } from '../../../src/cli/gate/certificate.ts';
import { BROKERS, type Broker, type BrokerName } from './brokers.ts';

export type Scheme = 'ws' | 'wss';

export interface ReachableBroker {
  readonly ca: string;
  url(scheme: Scheme): string;
  /** What it has printed so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface RunningBroker extends ReachableBroker {
  /** Of MQTT over bare TCP, where it was asked for. */
  readonly tcpPort: number;
  /** Stops its programs where they are, or lets them go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Kills its programs, and starts them again after this number of milliseconds. */
  restart(away: number): Promise<void>;
}

/** Everything a broker is started with. */
interface Setup {
  readonly folder: string;
  readonly options: BrokerOptions;
  readonly certificates: Certificates;
  readonly ports: { readonly ws: number; readonly wss: number; readonly tcp: number; readonly others: number[] };
  run(path: string, args: readonly string[], env?: object): void;
  /** For what runs in this process. */
  onStop(close: () => Promise<void>): void;
}

const READY_TIMEOUT = 100_000;
const READY_POLL = 50;

const STARTERS: Record<BrokerName, (setup: Setup) => Promise<void>> = {
  aedes: startAedes,
  mosquitto: startMosquitto,
  ejabberd: startEjabberd,
  'nats-server': startNats,
  rabbitmq: startRabbit,
};

/** Starts a broker and waits until it takes connections. Throws, with its log, when it does not. */
/** Only mosquitto is asked. */
interface BrokerOptions {
  /** Whether its sessions outlive it. */
  readonly isPersistent?: boolean;
  /** Whether as many messages as there are may wait for a client, for a test that is about something else. */
  readonly hasNoLimits?: boolean;
}

export async function startBroker(name: BrokerName, options: BrokerOptions = {}): Promise<RunningBroker> {
  const broker: Broker = BROKERS[name];
  installedVersion(broker); // says what to install
  const folder = mkdtempSync(join(tmpdir(), `mqtt311-${name}-`));
  chmodSync(folder, 0o755); // mosquitto reads its keys as another user
  const certificates = await makeCertificates();
  for (const [file, content] of Object.entries(certificates)) writeFileSync(join(folder, `${file}.pem`), content);
  const [ws, wss, tcp, ...others] = await freePorts(6);
  const ports = { ws: ws!, wss: wss!, tcp: tcp!, others };
  const url = (scheme: Scheme) => `${scheme}://127.0.0.1:${ports[scheme]}${broker.path}`;
  const programs: Program[] = [];
  const run: Setup['run'] = (path, args, env) => void programs.push(new Program(path, args, folder, env));
  const log = () => programs.map((program) => program.log()).join('\n');
  const closes: (() => Promise<void>)[] = [];
  const allReady = async () => {
    for (const scheme of ['ws', 'wss'] as const) await ready(url(scheme), certificates.ca, programs);
  };
  const signal: RunningBroker['signal'] = (name) => {
    for (const program of programs) program.signal(name);
  };
  const restart = async (away: number) => {
    await Promise.all(programs.map((program) => program.stop()));
    await sleep(away);
    for (const program of programs) program.start();
    await allReady();
  };
  const stop = async () => {
    await Promise.all(closes.map((close) => close()));
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await STARTERS[name]({
      folder,
      options,
      certificates,
      ports,
      run,
      onStop: (close) => void closes.push(close),
    });
    await allReady();
  } catch (error) {
    await stop();
    throw new Error(`${broker.name} did not start: ${(error as Error).message}\n${log()}`, { cause: error });
  }
  return { ca: certificates.ca, tcpPort: ports.tcp, url, log, signal, restart, stop };
}

/** The version of the broker that is installed. Throws, saying what to install, when there is none. */
export function installedVersion({ source, package: name }: Broker): string {
  if (source === 'npm') return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
  try {
    return execFileSync('dpkg-query', ['-W', name], { encoding: 'utf8', stdio: 'pipe' }).split('\t')[1]!;
  } catch (cause) {
    throw new Error(`missing: apt-get install --no-install-recommends ${name}`, { cause });
  }
}

/** A program of the test's own, and what it prints. */
export class Program {
  private child!: ChildProcess;
  private output = '';
  private failure: Error | undefined;
  private readonly path: string;
  private readonly args: readonly string[];
  private readonly cwd: string;
  private readonly ownEnv: object;

  constructor(path: string, args: readonly string[], cwd: string, ownEnv: object = {}) {
    this.path = path;
    this.args = args;
    this.cwd = cwd;
    this.ownEnv = ownEnv;
    this.start();
  }

  start(): void {
    const { cwd } = this;
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: cwd, LANG: 'C.UTF-8', ...this.ownEnv };
    this.child = spawn(this.path, this.args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.child.on('error', (error) => (this.failure = error));
    process.once('exit', this.kill);
  }

  log(): string {
    return this.output;
  }

  checkRunning(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.child.exitCode !== null) throw new Error(`it ended with code ${this.child.exitCode}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Its folder is temporary: there is nothing that it would have to put in order. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    process.off('exit', this.kill);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }

  private readonly kill = () => void this.child.kill('SIGKILL');
}

async function ready(url: string, ca: string, programs: readonly Program[]): Promise<void> {
  const end = Date.now() + READY_TIMEOUT;
  for (;;) {
    for (const program of programs) program.checkRunning();
    const socket = new WebSocket(url, ['mqtt'], { ca });
    const outcome = await once(socket, 'open').catch((error: Error) => error);
    socket.terminate();
    if (!(outcome instanceof Error)) return;
    if (Date.now() > end) throw outcome;
    await sleep(READY_POLL);
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createTcpServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function startAedes({ certificates, ports, onStop }: Setup): Promise<void> {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const refuse: RequestListener = (_, response) => response.writeHead(426).end();
  const servers: Server[] = [createServer(refuse), createSecureServer(certificates, refuse)];
  for (const server of servers) {
    server.on('connection', (socket: Socket) => sockets.add(socket));
    new WebSocketServer({ server: server as never }).on('connection', (webSocket, request) =>
      broker.handle(createWebSocketStream(webSocket), request),
    );
  }
  servers[0]!.listen(ports.ws, '127.0.0.1');
  servers[1]!.listen(ports.wss, '127.0.0.1');
  await Promise.all(servers.map((server) => once(server, 'listening')));
  onStop(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  });
}

async function startMosquitto({ folder, options, ports, run }: Setup): Promise<void> {
  // it writes as the user it is started by
  const persistence = options.isPersistent
    ? `user ${userInfo().username}\npersistence true\npersistence_location ${folder}/\nautosave_interval 1`
    : 'persistence false';
  const limits = options.hasNoLimits ? 'max_queued_messages 0\nmax_inflight_messages 0' : '';
  const file = write(
    folder,
    'mosquitto.conf',
    `per_listener_settings false
allow_anonymous true
${persistence}
${limits}
set_tcp_nodelay true
listener ${ports.tcp} 127.0.0.1
listener ${ports.ws} 127.0.0.1
protocol websockets
listener ${ports.wss} 127.0.0.1
protocol websockets
cafile ${folder}/ca.pem
certfile ${folder}/cert.pem
keyfile ${folder}/key.pem
`,
  );
  run('/usr/sbin/mosquitto', ['-c', file]);
}

async function startNats({ folder, ports, run }: Setup): Promise<void> {
  // one server listens for WebSocket once: either with TLS or without
  const start = (port: number, tls: string, [client, mqtt]: number[]) => {
    const file = write(
      folder,
      `${port}.conf`,
      `server_name: "nats-${port}"
listen: "127.0.0.1:${client}"
max_payload: 8MB
jetstream { store_dir: "${folder}/${port}" }
mqtt { listen: "127.0.0.1:${mqtt}" }
websocket { listen: "127.0.0.1:${port}", ${tls} }
`,
    );
    run('/usr/sbin/nats-server', ['-c', file]);
  };
  const [first, second, third] = ports.others;
  const tls = `tls { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem" }`;
  start(ports.ws, 'no_tls: true', [first!, ports.tcp]);
  start(ports.wss, tls, [second!, third!]);
}

async function startEjabberd({ folder, certificates, ports, run }: Setup): Promise<void> {
  const { cert, key, ca } = certificates;
  const sec1 = createPrivateKey(key).export({ type: 'sec1', format: 'pem' }); // it reads no PKCS #8 with such a key
  write(folder, 'all.pem', `${cert}\n${sec1}\n${ca}\n`);
  const config = write(
    folder,
    'ejabberd.yml',
    `hosts: [localhost]
certfiles: ["${folder}/all.pem"]
auth_method: [anonymous]
anonymous_protocol: login_anon
allow_multiple_connections: true
listen:
  - { port: ${ports.ws}, ip: 127.0.0.1, module: ejabberd_http, request_handlers: { /mqtt: mod_mqtt } }
  - { port: ${ports.wss}, ip: 127.0.0.1, module: ejabberd_http, tls: true, request_handlers: { /mqtt: mod_mqtt } }
modules:
  mod_mqtt: {}
`,
  );
  const env = {
    ERL_LIBS: '/usr/lib/x86_64-linux-gnu',
    ERL_CRASH_DUMP: '/dev/null',
    EJABBERD_CONFIG_PATH: config,
    EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
  };
  const args = ['-noinput', '-mnesia', 'dir', `"${folder}"`, '-s', 'ejabberd'];
  run('/usr/bin/erl', args, env);
}

async function startRabbit({ folder, ports, run }: Setup): Promise<void> {
  const [registry, distribution] = ports.others;
  const config = write(
    folder,
    'rabbitmq.conf',
    `listeners.tcp = none
mqtt.listeners.tcp = none
mqtt.allow_anonymous = true
mqtt.default_user = guest
mqtt.default_pass = guest
web_mqtt.tcp.ip = 127.0.0.1
web_mqtt.tcp.port = ${ports.ws}
web_mqtt.ssl.ip = 127.0.0.1
web_mqtt.ssl.port = ${ports.wss}
web_mqtt.ssl.cacertfile = ${folder}/ca.pem
web_mqtt.ssl.certfile = ${folder}/cert.pem
web_mqtt.ssl.keyfile = ${folder}/key.pem
log.console = true
log.file = false
`,
  );
  // an Erlang node with a name wants a registry of names: this one ends with the test
  const registryEnv = { ERL_EPMD_PORT: String(registry), ERL_EPMD_ADDRESS: '127.0.0.1' };
  const env = {
    ...registryEnv,
    RUNNING_UNDER_SYSTEMD: '1', // no shell between us and the broker
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ENABLED_PLUGINS_FILE: write(folder, 'plugins', '[rabbitmq_web_mqtt].\n'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_NODENAME: 'rabbit@localhost',
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
  mkdirSync(join(folder, 'mnesia'));
  run('/usr/bin/epmd', [], registryEnv);
  run('/usr/lib/rabbitmq/bin/rabbitmq-server', [], env);
}

export function write(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
