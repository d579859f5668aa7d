// npm run torture -- simulate --seeds 1000 --from 1 --messages 200
import { parseArgs } from 'node:util';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    messages: { type: 'string', default: '200' },
  },
});
const [seeds, from, messages] = [Number(values.seeds), Number(values.from), Number(values.messages)];
console.log(`seeds ${from} to ${from + seeds - 1}, ${messages} messages each`);
const start = performance.now();
const { finding, simulations, connections } = await run(from, seeds, messages, (done) => {
  if (done % 1_000 === 0) console.log(`${done} simulations, ${seconds().toFixed(0)} s`);
});
if (finding !== undefined) {
  const { seed, complaint, smallest, trace } = finding;
  console.log(trace.join('\n'));
  console.log(`\nseed ${seed} fails: ${complaint}`);
  console.log(`above, and here, what is left of it: ${JSON.stringify(smallest)}`);
  console.log(`again: npm run torture -- simulate --seeds 1 --from ${seed} --messages ${messages}`);
  process.exitCode = 1;
}
console.log(`${simulations} simulations, ${connections} connections, ${seconds().toFixed(1)} s`);

function seconds(): number {
  return (performance.now() - start) / 1000;
}
