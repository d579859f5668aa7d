// npm run torture -- silence --hours 10000 --seed 1
import { parseArgs } from 'node:util';
import { inWords, liveAll } from './hours.ts';

const { values } = parseArgs({
  options: { hours: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const start = performance.now();
console.log(`${values.hours} simulated hours, seed ${values.seed}`);
let wrong = 0;
for (const lived of await liveAll(Number(values.hours), Number(values.seed))) {
  console.log(inWords(lived));
  for (const complaint of lived[1].complaints.slice(0, 5)) console.error(complaint);
  wrong += lived[1].complaints.length;
}
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s, ${wrong} complaints`);
process.exitCode = wrong > 0 ? 1 : 0;
