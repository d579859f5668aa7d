// The pages of src that are clever, in their plain form: the codec is built with one of them at a time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ours } from './contenders.mjs';
import { measure, warmUp } from './measure.mjs';

const source = join(import.meta.dirname, '../src');
const plain = join(import.meta.dirname, 'plain');

/** The codec with `page` from bench/plain instead of src. */
async function codecWith(page) {
  const replace = {
    name: 'plain form',
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`/src/${page.replace('.', '\\.')}$`) }, () => ({
        ...{ contents: readFileSync(join(plain, page), 'utf8'), loader: 'ts', resolveDir: plain },
      }));
    },
  };
  const { outputFiles } = await build({
    ...{ entryPoints: [join(source, 'codec.ts')], bundle: true, format: 'esm', target: 'es2020', write: false },
    plugins: page ? [replace] : [],
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const SHOWN = [
  'PUBLISH, same topic',
  'PUBLISH, 100 topics',
  'PUBLISH, topics never seen before',
  'PUBLISH, 100 a chunk, 100 topics',
  'PUBLISH, 100 a chunk, topics never seen before',
  'PUBLISH, one a chunk',
];

export async function plainForms(workloads, effort) {
  const pages = readdirSync(plain).filter((name) => name.endsWith('.ts'));
  const codecs = await Promise.all([undefined, ...pages].map(codecWith));
  const contenders = codecs.map((codec, i) => ours(codec, i === 0 ? 'clever' : pages[i - 1]));
  const shown = workloads.filter(({ way, title }) => way !== 'encodeInto' && SHOWN.includes(title));
  for (const workload of workloads) for (const contender of contenders) warmUp(contender, workload);
  const measured = shown.map((workload) => measure(contenders, workload, effort));
  return pages.map((page, i) => ({
    page,
    results: shown.map(({ way, title }, j) => ({
      name: `${way} ${title}`,
      slower: measured[j][i + 1].median / measured[j][0].median,
    })),
  }));
}
