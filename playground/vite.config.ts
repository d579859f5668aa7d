import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

/** A folder to be served, in dist/site; with `--mode file`, one file to be opened as it is, in dist/file. */
export default defineConfig(({ mode }) => {
  const isFile = mode === 'file';
  return {
    root: import.meta.dirname,
    base: './',
    resolve: { alias: { '#text': resolve(import.meta.dirname, '../src/codec/text.ts') } },
    logLevel: 'warn',
    plugins: isFile ? [viteSingleFile()] : [],
    build: { outDir: isFile ? 'dist/file' : 'dist/site', emptyOutDir: true, target: 'es2022' },
  };
});
