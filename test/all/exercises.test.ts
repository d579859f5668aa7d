// `mqtt311 learn`, from the first exercise to the last one.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { mqtt311 } from '../support/cli.ts';

const LEARN = 'src/cli/learn';

describe('mqtt311 learn', () => {
  it('passes all twelve solutions', async () => {
    const { code, stdout } = await mqtt311(['learn', 'check', '--dir', `${LEARN}/solutions`, '--limit', '20']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('All twelve are done')]);
  });

  it('is in the package with all that it reads', async () => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const packed: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path);
    const read = ['stubs', 'solutions', 'texts'].flatMap((kind) =>
      readdirSync(`${LEARN}/${kind}`).map((file) => `${LEARN}/${kind}/${file}`),
    );
    expect(packed).toEqual(expect.arrayContaining([...read, `${LEARN}/README.md`, 'dist/cli/learn/worker.js']));
  });
});
