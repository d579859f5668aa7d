// mosquitto_sub and mosquitto_pub as one program, as program.js says. They speak TCP, and connect for each command.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bytes, serve, setting, tell } from './program.js';

const { port, clientId, clean, username, password, will } = setting;
const login = username ? ['-u', username, '-P', password] : [];
const to = ['-h', '127.0.0.1', '-p', String(port), '-V', '311', ...login];
const willOf = ({ topic, payload, qos, retain }) => [
  ...['--will-topic', topic, '--will-payload', bytes(payload).toString(), '--will-qos', String(qos)],
  ...(retain ? ['--will-retain'] : []),
];
const ENDS_WITH_US = ['--pdeathsig', 'KILL'];
const WRITES_LINES = ['stdbuf', '-oL'];
let subscriber;

async function publish(topic, payload, qos, retain) {
  const args = [...to, '-t', topic, '-q', String(qos), payload.length > 0 ? '-s' : '-n', ...(retain ? ['-r'] : [])];
  const publisher = spawn('mosquitto_pub', args, { stdio: ['pipe', 'inherit', 'pipe'] });
  let complaint = '';
  publisher.stderr.setEncoding('utf8').on('data', (text) => (complaint += text));
  publisher.stdin.end(payload);
  const [code] = await once(publisher, 'close');
  if (code !== 0) tell({ event: 'refused', code, message: complaint });
}

async function subscribe(topic, qos) {
  await disconnect();
  const format = ['-F', 'message %r %q %t %x', '-d'];
  const session = [...(clean ? [] : ['-c']), ...(clientId ? ['-i', clientId] : []), ...(will ? willOf(will) : [])];
  const args = [
    ...ENDS_WITH_US,
    ...WRITES_LINES,
    'mosquitto_sub',
    ...to,
    ...session,
    '-t',
    topic,
    '-q',
    String(qos),
    ...format,
  ];
  subscriber = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let connects = 0;
  return new Promise((resolve) => {
    createInterface(subscriber.stdout).on('line', (line) => {
      const [, retain, level, name, hex] = /^message (\d) (\d) (\S+) (\S*)$/.exec(line) ?? [];
      const payload = () => Buffer.from(hex, 'hex').toString('base64');
      if (name) tell({ event: 'message', topic: name, payload: payload(), qos: Number(level), retain: retain === '1' });
      else if (line.startsWith('Subscribed')) resolve([Number(line.at(-1))]);
      else if (line.includes('sending CONNECT') && connects++ > 0) tell({ event: 'lost' });
    });
  });
}

async function disconnect() {
  if (!subscriber) return;
  subscriber.kill('SIGINT'); // it sends DISCONNECT
  await once(subscriber, 'exit');
}

if (username) await publish('probe', Buffer.alloc(0), 0, false); // are they let in?
tell({ event: 'connected', version: /[\d.]+\d/.exec(spawnSync('mosquitto_pub', ['--version']).stdout)[0] });
await serve({ subscribe, publish, disconnect });
