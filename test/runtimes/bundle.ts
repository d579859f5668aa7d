// Bundles for engines: one file each, without imports, that names no platform's global but what a socket needs.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const VECTORS = 'test/vectors';

/** From the runtimes' own folder. */
export const localRequire: NodeJS.Require = createRequire(new URL('./package.json', import.meta.url));

/** Every packet of 3.1.1 in other implementations' tests. */
function foreignPackets(): string[] {
  const suites = readdirSync(VECTORS).filter((name) => name.endsWith('.json') && name !== 'aliyun.json');
  const vectors: { hex?: string }[] = suites.flatMap((name) => JSON.parse(readFileSync(`${VECTORS}/${name}`, 'utf8')));
  return [...new Set(vectors.flatMap(({ hex }) => hex ?? []))];
}

/** The text modules of the two speeds. Everything takes the plain one here, unless it says otherwise. */
const PLAIN = resolve('src/codec/text.ts');
const FAST = resolve('src/codec/fast/text.ts');

async function bundle(file: string, format: object, text = PLAIN): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    alias: { '#text': text },
    target: 'es2018',
    platform: 'neutral',
    define: { FOREIGN: JSON.stringify(foreignPackets()) },
    write: false,
    ...format,
  });
  return outputFiles[0]!.text;
}

/** A script that leaves what `entry`.ts exports in the global of the same name. */
export function script(entry: string, folder = 'test/runtimes', isFast = false): Promise<string> {
  return bundle(`${folder}/${entry}.ts`, { format: 'iife', globalName: entry }, isFast ? FAST : PLAIN);
}

/** The run of conformance.ts on both speeds of the codec, which must give the same: a script that leaves `conformance`. */
export async function conformance(): Promise<string> {
  const file = 'test/runtimes/conformance.ts';
  return [
    await bundle(file, { format: 'iife', globalName: 'plain' }),
    await bundle(file, { format: 'iife', globalName: 'fast' }, FAST),
    `var conformance = { run: function () {
      var report = plain.run();
      if (JSON.stringify(fast.run()) !== JSON.stringify(report)) report.failures.push('the fast codec gives other results');
      return report;
    } };`,
  ].join('\n');
}

export function module(entry: string): Promise<string> {
  return bundle(`test/runtimes/${entry}.ts`, { format: 'esm' });
}

/** What Babel may take for granted of our code, for less of its own: the run of conformance.ts finds no difference. */
const ASSUMPTIONS = {
  constantSuper: true,
  ignoreFunctionLength: true,
  ignoreToPrimitiveHint: true,
  iterableIsArray: true,
  mutableTemplateObject: true,
  noClassCalls: true,
  noDocumentAll: true,
  noNewArrows: true,
  objectRestNoSymbols: true,
  pureGetters: true,
  setClassMethods: true,
  setComputedProperties: true,
  setPublicClassFields: true,
  setSpreadProperties: true,
  skipForOfIteratorClosing: true,
  superIsCallableConstructor: true,
};

/** A script in ES5, by Babel: in TypeScript's own ES5, `instanceof` of our errors would not hold. */
export function toES5(code: string): string {
  const { transformSync } = localRequire('@babel/core');
  return transformSync(code, {
    babelrc: false,
    configFile: false,
    compact: false,
    sourceType: 'script',
    assumptions: ASSUMPTIONS,
    presets: [
      [
        localRequire.resolve('@babel/preset-env'),
        { forceAllTransforms: true, modules: false, exclude: ['transform-typeof-symbol'] },
      ],
    ],
  }).code;
}

/** By Terser, which puts a function that is called once into its caller: functions are what weighs in an engine's heap. */
export async function minifyES5(code: string): Promise<string> {
  return (await localRequire('terser').minify(code, { compress: { passes: 3 } })).code;
}

/** The parts of ES2015 and later that a session and a client need and Duktape lacks: by core-js, in ES5. */
export async function polyfills(): Promise<string> {
  const names = ['symbol', 'map', 'set', 'promise', 'array', 'object', 'string'];
  const { outputFiles } = await build({
    stdin: {
      contents: names.map((name) => `require('${localRequire.resolve(`core-js/es/${name}`)}');`).join('\n'),
      resolveDir: '.',
    },
    bundle: true,
    format: 'iife',
    target: 'es5',
    platform: 'neutral',
    write: false,
  });
  return outputFiles[0]!.text;
}
