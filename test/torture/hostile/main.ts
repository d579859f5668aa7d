// npm run torture -- hostile --scripts 100000 --seed 1
import { parseArgs } from 'node:util';
import { playAll } from './play.ts';

const { values } = parseArgs({
  options: { scripts: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const start = performance.now();
console.log(`${values.scripts} scripts, seed ${values.seed}`);
const { finding, ...counts } = await playAll(Number(values.scripts), Number(values.seed));
if (finding !== undefined) console.error(finding);
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s, ${JSON.stringify(counts)}`);
process.exitCode = finding === undefined ? 0 : 1;
