// npm run build: makes everything that the package ships out of src. With --if-stale it does so only if something is
// newer than what it made last.
//
//   dist/                  ES modules with their types, a file for each file of src
//   dist/cjs/              the same in CommonJS, for Jest and for tools that do not know `module-sync`
//   dist/mqtt311.min.mjs   one module, for `import` in a page or through an import map
//   dist/mqtt311.min.js    one script, for <script>, which leaves `mqtt311`, and for engines and require()
//   dist/cli/main.js       one module for the command line, and one for the worker of its exercises; the gate stays as it is
//   miniprogram_dist/      the CommonJS with a file for each entry point, since WeChat's builder reads no `exports`
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { compile, toCommonJs } from './compile.mjs';
import { privateNames } from './private-names.mjs';

const { exports, imports = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
const namesIn = (folder) => readdirSync(folder, { recursive: true }).map((name) => name.replaceAll('\\', '/'));
const isOfTheLibrary = (name) => name.endsWith('.ts') && !/^cli\/(?!gate\/)/.test(name);
const isForNode = (name) => /\.node\.|^cli\//.test(name);

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The package is of ES modules; what is below this folder is not. */
const writePackage = (folder) => write(`${folder}/package.json`, '{ "type": "commonjs", "sideEffects": false }\n');

function writeCommonJs() {
  for (const name of namesIn('src').filter(isOfTheLibrary)) {
    // old tools do not know the imports of package.json either, and take the file that is for everybody
    const here = dirname(`dist/${name}`);
    const code = toCommonJs(readFileSync(`src/${name}`, 'utf8')).replace(
      /(?<=require\(")#\w+/g,
      (specifier) => `./${relative(here, imports[specifier].default)}`,
    );
    write(`dist/cjs/${name.replace(/ts$/, 'js')}`, code);
  }
  for (const name of namesIn('dist').filter((name) => name.endsWith('.d.ts') && isOfTheLibrary(name)))
    cpSync(`dist/${name}`, `dist/cjs/${name}`);
  writePackage('dist/cjs');
}

async function writeMiniProgram() {
  const names = namesIn('dist/cjs').filter((name) => name.endsWith('.js') && !isForNode(name));
  await build({
    entryPoints: names.map((name) => `dist/cjs/${name}`),
    outdir: 'miniprogram_dist',
    target: 'es2018',
    minifyWhitespace: true,
  });
  for (const [entry, { default: file }] of Object.entries(exports))
    if (entry !== '.' && file !== undefined && !file.includes('/cli/'))
      write(`miniprogram_dist/${entry}.js`, `module.exports=require("${file.replace('/dist', '')}");\n`);
  writePackage('miniprogram_dist');
}

/** Everything a page may want; the codec has a `connect` of its own, and so a name of its own. */
const ALL = `
  export * from './index.js';
  export { aliyun, sign } from './aliyun/aliyun.js';
  export { webSocketTransport } from './connection/websocket.js';
  export * as codec from './codec/codec.js';
`;

async function writeSingleFiles(program) {
  const file = {
    stdin: { contents: ALL, resolveDir: 'dist', sourcefile: 'mqtt311.js' },
    alias: { '#text': resolve('dist/codec/text.js') }, // for browsers, mini programs and interpreters
    bundle: true,
    minify: true,
    mangleProps: new RegExp(`^(?:${privateNames(program).join('|')})$`),
    sourcemap: true,
    platform: 'browser',
  };
  await build({ ...file, format: 'esm', target: 'es2020', outfile: 'dist/mqtt311.min.mjs' });
  await build({
    ...file,
    format: 'iife',
    target: 'es2018',
    globalName: 'mqtt311',
    footer: { js: 'if (typeof module === "object" && module.exports) module.exports = mqtt311;' },
    outfile: 'dist/mqtt311.min.js',
  });
}

/** Node takes 0.1 s to load the fifty modules of the command line one by one. */
async function writeCommandLine() {
  const { outputFiles } = await build({
    entryPoints: ['dist/cli/main.js', 'dist/cli/learn/worker.js'],
    outdir: 'dist/cli',
    write: false,
    bundle: true,
    packages: 'external',
    external: ['./gate/*'],
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  for (const name of readdirSync('dist/cli')) if (name !== 'gate') rmSync(`dist/cli/${name}`, { recursive: true });
  for (const { path, text } of outputFiles) write(path, text);
}

/** A folder is as new as its last change of names, so a file that was deleted counts, too. */
function isFresh() {
  const made = 'dist/cli/main.js'; // the last that is written
  if (!existsSync(made)) return false;
  const sources = ['src', 'tools'].flatMap((folder) => [folder, ...namesIn(folder).map((name) => `${folder}/${name}`)]);
  const newest = Math.max(...[...sources, 'package.json', 'tsconfig.json', 'tsconfig.build.json'].map(changed));
  return changed(made) > newest;
}
const changed = (path) => statSync(path).mtimeMs;

if (process.argv.includes('--if-stale') && isFresh()) process.exit();
for (const folder of ['dist', 'miniprogram_dist']) rmSync(folder, { recursive: true, force: true });
const program = compile('tsconfig.build.json');
writeCommonJs();
await writeMiniProgram();
await writeSingleFiles(program);
await writeCommandLine();
