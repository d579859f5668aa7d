// Names each page after what a program imports, and makes the list of them from the README's table.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Converter, RendererEvent } from 'typedoc';

const readme = new URL('../../README.md', import.meta.url);

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children) if (module.name === 'index.node') module.name = 'mqtt311';
  });
  app.renderer.on(RendererEvent.END, ({ outputDirectory }) => {
    const rows = readFileSync(readme, 'utf8').matchAll(/^\| `(mqtt311(?:\/([\w-]+))?)` \| (.*?) \| .* \|$/gm);
    const lines = [...rows].map(([, name, page = 'mqtt311', says]) => `| [${name}](${page}.md) | ${says} |`);
    const intro =
      'Made from the docstrings by `npm run docs:api`. What the client promises is in [client.md](../client.md).';
    const table = ['| import | what |', '| --- | --- |', ...lines].join('\n');
    writeFileSync(join(outputDirectory, 'README.md'), `# API\n\n${intro}\n\n${table}\n`);
  });
}
