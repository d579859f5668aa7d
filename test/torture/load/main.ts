// npm run torture -- load --cycles 10000 --seed 1
// In the place of --cycles: --bare (without the library), --clients (without sockets), --queued, --soak SECONDS.
import { parseArgs } from 'node:util';
import { load } from './load.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string' },
    bare: { type: 'string' },
    clients: { type: 'string' },
    queued: { type: 'string' },
    soak: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const start = performance.now();
const mode = (['bare', 'clients', 'queued', 'soak'] as const).find((name) => values[name] !== undefined) ?? 'cycles';
const amount = Number(values[mode] ?? 1_000);
console.log(`${mode} ${amount}, seed ${values.seed}`);
console.log(JSON.stringify(await load(mode, amount, Number(values.seed))));
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
