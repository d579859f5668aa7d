// npm run torture -- cluster --kills 20 --seed 1
// With --stop, the nodes are asked to end (SIGTERM) and not killed. --ack-wait: after how many seconds the broker sends
// again what was not acknowledged. --min-delay: `reconnect.minDelay` of the clients, in milliseconds. --mqtt.js: that is what the
// clients are, to tell a fault of the broker from one of ours.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BROKERS } from '../../all/interop/brokers.ts';
import { installedVersion } from '../../all/interop/start.ts';
import { killNodes } from './kills.ts';
import { complaints, describeMoves, tableOf } from './result.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    stop: { type: 'boolean', default: false },
    'ack-wait': { type: 'string', default: '30' },
    'min-delay': { type: 'string', default: '1000' },
    'mqtt.js': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});
const signal = values.stop ? 'SIGTERM' : 'SIGKILL';
const version = installedVersion(BROKERS['nats-server']).trim();
const [processor] = cpus();
const date = new Date().toISOString().slice(0, 10);
console.log(`${date}, ${cpus().length} × ${processor?.model}, Node ${process.version}, nats-server ${version}\n`);
const start = performance.now();
const { results, answers } = await killNodes({
  count: Number(values.kills),
  seed: Number(values.seed),
  signal,
  ackWait: Number(values['ack-wait']),
  minDelay: Number(values['min-delay']),
  isOther: values['mqtt.js'],
});
console.log(
  `${values['mqtt.js'] ? 'MQTT.js, ' : ''}${signal} ${values.kills} times, seed ${values.seed}\n\n${tableOf(results)}\n\n${describeMoves(results, answers)}`,
);
const wrong = results.flatMap(complaints);
for (const complaint of wrong) console.error(complaint);
console.log(`\n${((performance.now() - start) / 1000).toFixed(0)} s, ${wrong.length} complaints`);
process.exitCode = wrong.length > 0 ? 1 : 0;
