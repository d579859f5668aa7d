// npm run torture -- faults --broker mosquitto --cuts 500 --seed 1
// In the place of --cuts: --stops, --kills, --partitions.
import { parseArgs } from 'node:util';
import type { BrokerName } from '../../all/interop/brokers.ts';
import { cut, describeCuts } from './cuts.ts';
import { disturb } from './outages.ts';
import { partitioned, unshareNetwork } from './partition.ts';
import { complaints, complaintsAlways, inWords } from './result.ts';

const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: 'aedes' },
    cuts: { type: 'string' },
    stops: { type: 'string' },
    kills: { type: 'string' },
    partitions: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const broker = values.broker as BrokerName;
const seed = Number(values.seed);
const start = performance.now();
const wrong = await run();
for (const complaint of wrong) console.error(complaint);
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s, ${wrong.length} complaints`);
process.exitCode = wrong.length > 0 ? 1 : 0;

async function run(): Promise<string[]> {
  if (values.partitions !== undefined) {
    const unshare = unshareNetwork();
    if (unshare === undefined) throw new Error('a network of its own is not allowed here: unshare -n');
    const { code, output } = await partitioned(unshare, Number(values.partitions), seed);
    console.log(output);
    return code === 0 ? [] : [`it ended with ${code}`];
  }
  const outages = values.stops ?? values.kills;
  if (outages !== undefined) {
    const signal = values.stops !== undefined ? 'SIGSTOP' : 'SIGKILL';
    console.log(`${broker}: ${signal} ${outages} times, seed ${seed}`);
    const results = await disturb(broker, signal, Number(outages), seed);
    for (const result of results) console.log(inWords(result));
    return results.flatMap(signal === 'SIGSTOP' ? complaints : complaintsAlways);
  }
  const count = Number(values.cuts ?? 500);
  console.log(`${broker}: ${count} cuts per side and QoS, seed ${seed}`);
  const cuts = await cut(broker, count, seed);
  for (const line of describeCuts(cuts)) console.log(line);
  return cuts.results.flatMap(complaints);
}
