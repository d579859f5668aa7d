// Prints the most bytes that QuickJS held while a script ran, looked at whenever it calls sample() and at its end:
// node quickjs-heap.mjs SCRIPT
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
const result = context.evalCode(readFileSync(process.argv[2], 'utf8'), 'script.js');
if (result.error) throw new Error(JSON.stringify(context.dump(result.error)));
sample();
console.log(most);
