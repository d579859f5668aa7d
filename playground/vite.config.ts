import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { parse, resolve } from 'node:path';
import { build } from 'esbuild';
import { defineConfig, type Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

const TEXT = resolve(import.meta.dirname, '../src/codec/text.ts');

/** A folder to be served, in dist/site; with `--mode file`, one file to be opened as it is, in dist/file. */
export default defineConfig(({ mode }) => {
  const isFile = mode === 'file';
  return {
    root: import.meta.dirname,
    base: './',
    resolve: { alias: { '#text': TEXT } },
    logLevel: 'warn',
    plugins: isFile ? [exercises, viteSingleFile(), policyOfOneFile] : [exercises],
    build: {
      outDir: isFile ? 'dist/file' : 'dist/site',
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: false, // It would fetch, which the policy of the page forbids.
    },
  };
});

/** The exercises of src/cli/learn as texts, and the script that runs their checks: learn/virtual.d.ts. */
const exercises: Plugin = {
  name: 'exercises',
  resolveId: (id) => (id === 'virtual:learn' ? '\0virtual:learn' : undefined),
  async load(id) {
    if (id !== '\0virtual:learn') return undefined;
    const { outputFiles } = await build({
      entryPoints: [resolve(import.meta.dirname, 'learn/worker.ts')],
      alias: { '#text': TEXT },
      bundle: true,
      minify: true,
      write: false,
      target: 'es2022',
    });
    const kinds = ['texts', 'stubs', 'solutions'].map((kind) => [kind, filesOf(kind)] as const);
    return [['checks', outputFiles[0]!.text] as const, ...kinds]
      .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
      .join('\n');
  },
};

function filesOf(kind: string): Record<string, string> {
  const folder = resolve(import.meta.dirname, '../src/cli/learn', kind);
  return Object.fromEntries(
    readdirSync(folder).map((file) => [parse(file).name, readFileSync(resolve(folder, file), 'utf8')]),
  );
}

/** In one file nothing comes from the page's origin. Its policy allows, by their hashes, the script and the style in it. */
const policyOfOneFile: Plugin = {
  name: 'policy of one file',
  enforce: 'post',
  transformIndexHtml: {
    order: 'pre', // viteSingleFile looks for hashes
    handler: (page) =>
      page
        .replace("script-src 'self'", "script-src 'sha256-script'")
        .replace("style-src 'self'", "style-src 'sha256-style'")
        .replace("font-src 'self'", 'font-src data:'),
  },
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.html')) continue;
        const page = `${file.source}`;
        file.source = page
          .replace("'sha256-script'", () => hashesOf(page, 'script'))
          .replace("'sha256-style'", () => hashesOf(page, 'style'));
      }
    },
  },
};

function hashesOf(page: string, tag: 'script' | 'style'): string {
  const contents = page.matchAll(new RegExp(`<${tag}\\b[^>]*>([^]*?)</${tag}>`, 'g'));
  const hashes = Array.from(contents, ([, content = '']) => createHash('sha256').update(content).digest('base64'));
  return hashes.map((hash) => `'sha256-${hash}'`).join(' ');
}
