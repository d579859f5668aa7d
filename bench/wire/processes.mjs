// The processes of a measurement: the server, and each contender in one of its own.
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const inThisFolder = (file) => `${import.meta.dirname}/${file}`;
const started = new Set();

function start(file, args) {
  const flags = process.env.BENCH_FLAGS?.split(' ') ?? [];
  const child = fork(inThisFolder(file), args, { execArgv: ['--expose-gc', ...flags] });
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

/** The child's next answer. Throws what it reports, or when it ends instead. */
async function answerOf(child) {
  const ended = new AbortController();
  const { signal } = ended;
  const [answer] = await Promise.race([
    once(child, 'message', { signal }),
    once(child, 'exit', { signal }).then(([code]) => [{ failed: `the process ended with ${code}` }]),
  ]);
  ended.abort();
  if (answer.failed !== undefined) throw new Error(`${child.spawnargs.at(-1)}: ${answer.failed}`);
  return answer;
}

export async function startServer(port = 0) {
  const child = start('server.mjs', [String(port)]);
  const answer = await answerOf(child);
  return {
    port: answer.port,
    url: `ws://127.0.0.1:${answer.port}/mqtt`,
    send: ({ id }, send) => child.send({ to: `${id}-0`, send }),
    async receivedFrom({ id }) {
      child.send({ from: `${id}-` });
      return (await answerOf(child)).received;
    },
    stop: () => stop(child),
  };
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** mosquitto, with WebSocket and without limits on its queues; undefined: it is not installed. */
export async function startMosquitto() {
  const [port, other] = await freePorts(2);
  const folder = mkdtempSync(join(tmpdir(), 'wire-'));
  // it does not start with a WebSocket alone
  const listeners = `listener ${other} 127.0.0.1\nlistener ${port} 127.0.0.1\nprotocol websockets`;
  const limits = 'max_queued_messages 0\nmax_inflight_messages 0\npersistence false\nallow_anonymous true';
  writeFileSync(join(folder, 'conf'), `${limits}\n${listeners}\n`);
  let help;
  try {
    help = execFileSync('mosquitto', ['-h'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch ({ code, stdout }) {
    if (code === 'ENOENT') return undefined;
    help = stdout; // it ends with 3 after its help
  }
  const child = spawn('mosquitto', ['-c', join(folder, 'conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise((resolve) => child.stderr.on('data', (line) => String(line).includes('running') && resolve()));
  return {
    url: `ws://127.0.0.1:${port}/mqtt`,
    version: help.match(/version ([\d.]+)/)[1],
    async stop() {
      child.kill();
      await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

/** A process for this contender; `run` tells it what to do and resolves with its result. */
export async function startContender(name) {
  const child = start('contender.mjs', [name]);
  await answerOf(child);
  return {
    name,
    id: name.replace(' ', '-'), // of its clients, with a number behind
    next: async () => (await answerOf(child)).result,
    async run(command, options = {}) {
      child.send({ command, ...options });
      return (await answerOf(child)).result;
    },
    stop: () => stop(child),
  };
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.disconnect(); // it ends by itself, and writes its profile if it was asked for one
  await once(child, 'exit');
}

/** Ends what is still running. */
export const stopAll = () => Promise.all([...started].map(stop));
