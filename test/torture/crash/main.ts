// npm run torture -- crash --kills 200 --seed 1
import { parseArgs } from 'node:util';
import { kill } from './kills.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const start = performance.now();
console.log(`${values.kills} kills, seed ${values.seed}`);
const { complaints, ...counts } = await kill(Number(values.kills), Number(values.seed));
for (const complaint of complaints) console.error(complaint);
console.log(JSON.stringify(counts));
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s, ${complaints.length} complaints`);
process.exitCode = complaints.length > 0 ? 1 : 0;
