// npm run docs:        writes the generated parts of all documents, and the API report in etc/api.md.
// npm run docs -- api: writes the API reference in docs/api, by typedoc, which it installs first.
import { execSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { apiReport } from './api-report.ts';
import { freshBrokers } from './brokers.ts';
import { withTable } from './statements.ts';
import { freshTables, TABLED } from './tables.ts';

const execute = (command: string) => execSync(command, { stdio: 'inherit' });

const [what, ...options] = process.argv.slice(2);
if (what === 'api') {
  execute('npm ci --prefix docs/typedoc --no-audit --no-fund');
  execute(
    `npm exec --prefix docs/typedoc -- typedoc --options docs/typedoc/typedoc.json ${options.map((option) => JSON.stringify(option)).join(' ')}`,
  );
} else {
  for (const path of TABLED) writeFileSync(path, await freshTables(path));
  writeFileSync('docs/brokers.md', freshBrokers());
  writeFileSync('docs/conformance.md', withTable(readFileSync('docs/conformance.md', 'utf8')));
  writeFileSync('etc/api.md', apiReport());
  execute('npx vitest run test/tools/docs.test.ts --update'); // runs the examples, and so writes what they print
}
