// npm run conformance: brings the table in docs/conformance.md up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { withTable } from './statements.ts';

const path = new URL('../docs/conformance.md', import.meta.url);
writeFileSync(path, withTable(readFileSync(path, 'utf8')));
