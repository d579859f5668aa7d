import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { apiReport } from '../../tools/api-report.ts';

const run = promisify(execFile);

it('the API reference is what the docstrings say, made without a warning: npm run docs -- api', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt311-api-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await run('npm', ['run', 'docs', '--', 'api', '--out', folder]); // a warning makes it fail
  const read = (from: string) => readdirSync(from).map((name) => [name, readFileSync(join(from, name), 'utf8')]);
  expect(Object.fromEntries(read('docs/api'))).toStrictEqual(Object.fromEntries(read(folder)));
}, 180_000);

it('the API report is what the types that are published say: npm run docs', () => {
  expect(readFileSync('etc/api.md', 'utf8')).toBe(apiReport());
}, 180_000);
