// partitioned.ts COUNT SEED, in a network namespace of its own: see partition.ts.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pulse } from '../../all/interop/pulse.ts';
import { Random } from '../simulation/random.ts';
import { Outages, outageOf, pauseOf } from './outages.ts';
import { complaints, inWords } from './result.ts';

const [HERE, THERE, PORT] = ['10.97.0.1', '10.97.0.2', 9001]; // the broker listens for bare MQTT too, one port below
const [count, seed] = [Number(process.argv[2]), Number(process.argv[3])];
const ip = (...args: string[]) => void execFileSync('ip', args);

// the cable: its other end is in the namespace of a process that does nothing
const holder = spawn('unshare', ['-n', 'sleep', 'infinity'], { stdio: 'ignore' });
const isAway = () => readlinkSync(`/proc/${holder.pid}/ns/net`) !== readlinkSync('/proc/self/ns/net');
while (!isAway()) await sleep(10);
const enter = ['-t', `${holder.pid}`, '-n'];
const ipThere = (...args: string[]) => void execFileSync('nsenter', [...enter, 'ip', ...args]);
ip('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there');
ip('link', 'set', 'there', 'netns', `${holder.pid}`);
ip('addr', 'add', `${HERE}/24`, 'dev', 'here');
ip('link', 'set', 'here', 'up');
ipThere('addr', 'add', `${THERE}/24`, 'dev', 'there');
ipThere('link', 'set', 'there', 'up');

const folder = mkdtempSync(join(tmpdir(), 'mqtt311-partition-'));
const config = join(folder, 'mosquitto.conf');
writeFileSync(
  config,
  `user root
allow_anonymous true
set_tcp_nodelay true
listener ${PORT - 1} ${THERE}
listener ${PORT} ${THERE}
protocol websockets
`,
);
const broker = spawn('nsenter', [...enter, '/usr/sbin/mosquitto', '-c', config], { stdio: 'ignore' });
for (const child of [holder, broker]) child.unref();
process.once('exit', () => {
  broker.kill();
  holder.kill();
  rmSync(folder, { recursive: true });
});
const isThere = async () => {
  const socket = connect(PORT, THERE);
  const outcome = await once(socket, 'connect').catch((error: Error) => error);
  socket.destroy();
  return !(outcome instanceof Error);
};
while (!(await isThere())) {
  if (broker.exitCode !== null) throw new Error(`mosquitto ended with code ${broker.exitCode}`);
  await sleep(50);
}

const random = new Random(seed);
const happen = async () => {
  for (let i = 0; i < count; i++) {
    await sleep(pauseOf(random));
    const [set, end] = random.chance(0.5) ? ([ip, 'here'] as const) : ([ipThere, 'there'] as const);
    set('link', 'set', end, 'down');
    await sleep(outageOf(random));
    set('link', 'set', end, 'up');
  }
};
console.log(`mosquitto: ${count} partitions, seed ${seed}`);
const pulse = await Pulse.start({ url: () => `ws://${THERE}:${PORT}/mqtt`, ca: '' });
const results = await new Outages(THERE, PORT, false, happen).run('mosquitto', seed);
for (const result of results) console.log(inWords(result));
const wrong = results.flatMap(complaints);
for (const complaint of wrong) console.log(complaint);
const connections = Math.max(...results.map(([, outcome]) => outcome.connections));
console.log(`${connections} connections at most, ${wrong.length} complaints`);
await pulse.stop();
process.exitCode = wrong.length > 0 || connections < 2 ? 1 : 0;
