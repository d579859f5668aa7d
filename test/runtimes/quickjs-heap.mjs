// Prints the most bytes that QuickJS held while an expression was evaluated with what a script left, looked at whenever
// it calls sample() and at its end: node quickjs-heap.mjs SCRIPT EXPRESSION
import { readFileSync } from 'node:fs';
import { newQuickJSWASMModule } from 'quickjs-emscripten';

const quickjs = await newQuickJSWASMModule();
const runtime = quickjs.newRuntime();
const context = runtime.newContext();
let most = 0;
const sample = () => {
  const used = runtime.computeMemoryUsage();
  most = Math.max(most, context.dump(used).memory_used_size);
  used.dispose();
};
context.newFunction('sample', sample).consume((handle) => context.setProp(context.global, 'sample', handle));
for (const code of [readFileSync(process.argv[2], 'utf8'), process.argv[3]]) {
  const result = context.evalCode(code, 'script.js');
  if (result.error) throw new Error(JSON.stringify(context.dump(result.error)));
  result.value.dispose();
}
sample();
console.log(most);
