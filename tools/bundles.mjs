// npm run bundles, before a pack: what is not for bundlers, out of dist/.
//
//   dist/mqtt311.min.mjs   one module, for `import` in a page or by an import map
//   dist/mqtt311.min.js    one script, for <script>, which leaves `mqtt311`, and for engines and require()
//   miniprogram_dist/      CommonJS, file by file: what WeChat's builder takes, which parses no ES modules
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

/** Everything a page may want; the codec has a `connect` of its own, and so a name of its own. */
const ALL = `
  export * from './index.js';
  export { aliyun, sign } from './aliyun/aliyun.js';
  export { webSocketTransport } from './connection/websocket.js';
  export * as codec from './codec/codec.js';
`;

/** The small text module: these files are for browsers, mini programs and interpreters. */
const alias = { '#text': resolve('dist/codec/text.js') };

const file = {
  alias,
  stdin: { contents: ALL, resolveDir: 'dist', sourcefile: 'mqtt311.js' },
  bundle: true,
  minify: true,
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

rmSync('miniprogram_dist', { recursive: true, force: true });
const isOfTheLibrary = (name) => name.endsWith('.js') && !/^cli\b|\.node\.|\.min\./.test(name);
await build({
  entryPoints: readdirSync('dist', { recursive: true })
    .filter(isOfTheLibrary)
    .map((name) => `dist/${name}`),
  outbase: 'dist',
  outdir: 'miniprogram_dist',
  format: 'cjs',
  target: 'es2018',
  minifyWhitespace: true,
});
writeFileSync('miniprogram_dist/package.json', '{ "type": "commonjs" }\n'); // to Node; WeChat's builder does not ask
