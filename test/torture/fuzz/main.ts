// npm run torture -- fuzz [count] [seed]
import { corpus, fuzz } from './fuzz.ts';

Error.stackTraceLimit = 0; // half of the cases end in an error
const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 0x1_0000_0000);
console.log(`${count} cases from ${corpus.length} packets, seed ${seed}`);
const start = performance.now();
const finding = fuzz(count, seed);
const seconds = (performance.now() - start) / 1000;
if (finding !== undefined) {
  console.error(`case ${finding.number} of seed ${seed}: ${finding.complaint}\nminimal: ${finding.minimal}`);
  process.exit(1);
}
console.log(`no complaint, ${Math.round(count / seconds)} cases/s`);
