// Names each page after what a program imports, and makes the list of them from the README's table.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Converter, RendererEvent } from 'typedoc';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The pages by the files of `src`: `codec/topic` is `topics`. */
const PAGES = new Map(
  Object.entries(JSON.parse(read('package.json')).exports).flatMap(([entry, { node, default: target }]) => {
    const file = (node ?? { default: target }).default?.replace(/^\.\/dist\/(.*)\.js$/, '$1');
    return file === undefined ? [] : [[file, entry === '.' ? 'mqtt311' : entry.slice(2)]];
  }),
);

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children) module.name = PAGES.get(module.name);
  });
  app.renderer.on(RendererEvent.END, ({ outputDirectory }) => {
    const rows = read('README.md').matchAll(/^\| `(mqtt311(?:\/([\w-]+))?)` \| ([^|]*) \| [^|]* \|$/gm);
    const lines = [...rows].map(([, name, page = 'mqtt311', says]) => `| [${name}](${page}.md) | ${says} |`);
    const intro =
      'Made from the docstrings by `npm run docs -- api`. What the client promises is in [client.md](../client.md).';
    const table = ['| import | what |', '| --- | --- |', ...lines].join('\n');
    writeFileSync(join(outputDirectory, 'README.md'), `# API\n\n${intro}\n\n${table}\n`);
  });
}
