// Engines without sockets: they print what a script leaves, and time is ours.
import { join } from 'node:path';
import { conformance, polyfills, script, toES5 } from './bundle.ts';
import { debianVersion, npmFile, npmVersion } from './packages.ts';
import { run } from './process.ts';
import { leave, type Runtime, resultIn } from './runtime.ts';

/** The whole run as one script: `settle` is the engine's way to let promises settle, `print` its way to speak. */
async function program(settle: string, print: string): Promise<string> {
  return [
    await conformance(),
    await script('simulated'),
    'simulated.start();',
    `do ${settle}; while (simulated.steps === undefined && simulated.advance());`,
    `${print}('RESULT ' + JSON.stringify({ report: conformance.run(), wire: { memory: simulated.steps } }));`,
  ].join('\n');
}

/** For engines of ES5: a queue for the promises of core-js, and all that they lack. */
const JOBS = `
  var jobs = [];
  globalThis.queueMicrotask = globalThis.setImmediate = function (job) { jobs.push(job); };
  globalThis.clearImmediate = function () {}; // core-js asks later whether a rejected promise was left alone
  function settle() { while (jobs.length > 0) jobs.shift()(); }
`;

const quickjs = (name: string, engine: string, source: string): Runtime => ({
  name,
  source: `npm: ${source}`,
  version: () => npmVersion(source),
  async run(bench) {
    const file = leave(bench, `${engine}.js`, await program('settle()', 'print'));
    return resultIn(await run(process.execPath, ['test/runtimes/quickjs.mjs', engine, file]));
  },
});

const es5Program = async (print: string) =>
  [JOBS, await polyfills(), toES5(await program('settle()', print))].join('\n');

export const ENGINES: readonly Runtime[] = [
  quickjs('QuickJS', 'quickjs', 'quickjs-emscripten'),
  quickjs('quickjs-ng', 'quickjs-ng', '@jitl/quickjs-ng-wasmfile-release-sync'),
  {
    name: 'JavaScriptCore',
    source: 'Debian: libjavascriptcoregtk-4.0-bin',
    version: () => debianVersion('libjavascriptcoregtk-4.0-bin'),
    run: async (bench) =>
      resultIn(await run('jsc', [leave(bench, 'jsc.js', await program('drainMicrotasks()', 'print'))])),
  },
  {
    name: 'Duktape',
    source: 'Debian: duktape',
    remark: 'ES5 by Babel, with core-js',
    version: () => debianVersion('duktape'),
    run: async (bench) => resultIn(await run('duk', [leave(bench, 'duktape.js', await es5Program('print'))])),
  },
  {
    name: 'Duktape, bare',
    source: 'Debian: duktape',
    remark: 'ES5 by Babel, nothing added: codec, signer, keep-alive, topics',
    version: () => debianVersion('duktape'),
    async run(bench) {
      const code = toES5(await conformance());
      const print = 'print("RESULT " + JSON.stringify({ report: conformance.run() }));';
      return resultIn(await run('duk', [leave(bench, 'duktape-bare.js', `${code}\n${print}`)]));
    },
  },
  {
    name: 'Hermes',
    source: 'npm: hermes-engine-cli',
    remark: 'ES5 by Babel, as bytecode of its own compiler',
    version: () => npmVersion('hermes-engine-cli'),
    async run(bench) {
      const code = `${toES5(await conformance())}
        print('RESULT ' + JSON.stringify({ report: conformance.run() }));`;
      const bytecode = join(bench.folder, 'hermes.hbc');
      const folder = npmFile('hermes-engine-cli', 'linux64-bin');
      await run(join(folder, 'hermesc'), ['-O', '-emit-binary', '-out', bytecode, leave(bench, 'hermes.js', code)]);
      return resultIn(await run(join(folder, 'hermes'), ['-b', bytecode]));
    },
  },
  {
    name: 'hermesc',
    source: 'npm: hermes-compiler',
    remark:
      'the compiler of React Native: the same scripts, and the whole client, compile; no engine for its bytecode is packaged',
    version: () => npmVersion('hermes-compiler'),
    async run(bench) {
      const file = leave(bench, 'hermesc.js', `${await program('', 'print')}\n${await script('page')}`);
      const hermesc = npmFile('hermes-compiler', 'hermesc/linux64-bin/hermesc');
      await run(hermesc, ['-O', '-emit-binary', '-out', join(bench.folder, 'hermesc.hbc'), file]);
      return { compiles: true };
    },
  },
];
