// Runs a script in QuickJS, compiled to WebAssembly: node quickjs.mjs quickjs|quickjs-ng SCRIPT
// It has two functions of ours: print(text), and settle(), which lets promises settle.
import { readFileSync } from 'node:fs';
import { newQuickJSWASMModule } from 'quickjs-emscripten';

const [, , engine, file] = process.argv;
const { default: variant } = engine === 'quickjs-ng' ? await import('@jitl/quickjs-ng-wasmfile-release-sync') : {};
const quickjs = await newQuickJSWASMModule(variant);
const runtime = quickjs.newRuntime();
const context = runtime.newContext();

const print = (text) => void console.log(context.getString(text));
const settle = () => void runtime.executePendingJobs();
for (const [name, act] of Object.entries({ print, settle }))
  context.newFunction(name, act).consume((handle) => context.setProp(context.global, name, handle));

const result = context.evalCode(readFileSync(file, 'utf8'), file);
if (result.error) throw new Error(JSON.stringify(context.dump(result.error)));
