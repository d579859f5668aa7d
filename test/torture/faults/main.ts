// npm run torture -- faults --broker mosquitto --cuts 500 --seed 1
// Without --broker: all of them, one after the other. In the place of --cuts: --stops, --kills, --partitions.
// With --persistent, a mosquitto that is killed keeps its sessions in a file.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BROKERS, type BrokerName } from '../../all/interop/brokers.ts';
import { installedVersion } from '../../all/interop/start.ts';
import { cut, describeCuts } from './cuts.ts';
import { disturb } from './outages.ts';
import { partitioned, unshareNetwork } from './partition.ts';
import { complaints, complaintsAlways, complaintsWithFile, type Result, tableOf } from './result.ts';

const { values } = parseArgs({
  options: {
    broker: { type: 'string' },
    cuts: { type: 'string' },
    stops: { type: 'string' },
    kills: { type: 'string' },
    persistent: { type: 'boolean', default: false },
    partitions: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);
const start = performance.now();
const wrong = await run();
for (const complaint of wrong) console.error(complaint);
console.log(`\n${((performance.now() - start) / 1000).toFixed(0)} s, ${wrong.length} complaints`);
process.exitCode = wrong.length > 0 ? 1 : 0;

async function run(): Promise<string[]> {
  if (values.partitions !== undefined) return partitions(Number(values.partitions));
  const isOutage = (values.stops ?? values.kills) !== undefined;
  const brokers = isOutage ? ['mosquitto'] : Object.keys(BROKERS);
  const names = (values.broker === undefined ? brokers : [values.broker]) as BrokerName[];
  printMachine(names);
  if (isOutage) return outages(names[0]!);
  return allCuts(names, Number(values.cuts ?? 500));
}

/** Where the figures below are from. */
function printMachine(names: readonly BrokerName[]): void {
  const versions = names.map((name) => `${BROKERS[name].name} ${installedVersion(BROKERS[name]).trim()}`);
  const [processor] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${date}, ${cpus().length} × ${processor?.model}, Node ${process.version}, ${versions.join(', ')}\n`);
}

async function allCuts(names: readonly BrokerName[], count: number): Promise<string[]> {
  const results: Result[] = [];
  for (const name of names) {
    const cuts = await cut(name, count, seed);
    for (const line of describeCuts(cuts)) console.log(line);
    results.push(...cuts.results);
  }
  console.log(`\n${count} cuts per side and QoS, seed ${seed}\n\n${tableOf(results)}`);
  return results.flatMap(complaints);
}

async function outages(name: BrokerName): Promise<string[]> {
  const { stops, kills, persistent } = values;
  const [signal, count] = stops !== undefined ? (['SIGSTOP', stops] as const) : (['SIGKILL', kills] as const);
  const results = await disturb(name, signal, Number(count), seed, persistent);
  const how = persistent ? ', its sessions in a file' : '';
  console.log(`${BROKERS[name].name}, ${signal} ${count} times${how}, seed ${seed}\n\n${tableOf(results)}`);
  return results.flatMap(signal === 'SIGSTOP' ? complaints : persistent ? complaintsWithFile : complaintsAlways);
}

async function partitions(count: number): Promise<string[]> {
  const unshare = unshareNetwork();
  if (unshare === undefined) throw new Error('a network of its own is not allowed here: unshare -n');
  const { code, output } = await partitioned(unshare, count, seed);
  console.log(output);
  return code === 0 ? [] : [`it ended with ${code}`];
}
