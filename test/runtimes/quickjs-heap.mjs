// Prints the most bytes that QuickJS held while it evaluated an expression after a script. It measures
// when the expression calls sample(), and at its end: node quickjs-heap.mjs quickjs|quickjs-ng SCRIPT EXPRESSION
import { readFileSync } from 'node:fs';
import { newQuickJSWASMModule } from 'quickjs-emscripten';

const [, , engine, script, expression] = process.argv;
const { default: variant } = engine === 'quickjs-ng' ? await import('@jitl/quickjs-ng-wasmfile-release-sync') : {};
const quickjs = await newQuickJSWASMModule(variant);
const runtime = quickjs.newRuntime();
const context = runtime.newContext();
let most = 0;
const sample = () => {
  const used = runtime.computeMemoryUsage();
  most = Math.max(most, context.dump(used).memory_used_size);
  used.dispose();
};
context.newFunction('sample', sample).consume((handle) => context.setProp(context.global, 'sample', handle));
for (const code of [readFileSync(script, 'utf8'), expression]) {
  const result = context.evalCode(code, 'script.js');
  if (result.error) throw new Error(JSON.stringify(context.dump(result.error)));
  result.value.dispose();
}
sample();
console.log(most);
