import { describe, expect, it, vi } from 'vitest';
import { PORTABLE_ENTRIES } from '../../tools/entries.ts';
import { NEARLY_ALL, namesOf, SIZE_ROWS, SMALL, sizeOf, unusedSizeOf } from '../../tools/sizes.ts';

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const rows = SIZE_ROWS.map((row) => ({ ...row, what: row.imports.map(([entry, ...names]) => `${names} of ${entry}`) }));
const entries = PORTABLE_ENTRIES.map(({ name }) => name);

describe('what an application gets', () => {
  it.each(rows)('with $what is no larger than its limit', async (row) => {
    expect(await sizeOf(row)).toBeLessThanOrEqual(row.limit);
  });

  it.each(entries)('with an import of mqtt311%s that it does not use is nothing', async (entry) => {
    expect(await unusedSizeOf(entry)).toBe(0);
  });

  it.each(entries)(
    'with one export of mqtt311%s is little, or nearly all of it, or stands in the table',
    async (entry) => {
      const singles = SIZE_ROWS.flatMap(({ imports }) => (imports.length === 1 ? imports : []));
      const listed = singles.flatMap(([from, ...names]) => (from === entry && names.length === 1 ? names : []));
      const others = (await namesOf(entry)).filter((name) => !listed.includes(name));
      const most = (await sizeOf({ imports: [[entry]] })) * NEARLY_ALL;
      const sizes = await Promise.all(
        others.map(async (name) => ({ name, size: await sizeOf({ imports: [[entry, name]] }) })),
      );
      expect(sizes.filter(({ size }) => size > SMALL && size < most)).toEqual([]);
    },
  );
});
