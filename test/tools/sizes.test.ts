import { describe, expect, it, vi } from 'vitest';
import { NEARLY_ALL, namesOf, SIZE_ROWS, SMALL, sizeOf, unusedSizeOf } from '../../tools/sizes.ts';

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const rows = SIZE_ROWS.map((row) => ({ ...row, what: `${row.names?.join(', ') ?? 'all'} of mqtt311${row.entry}` }));
const entries = [...new Set(SIZE_ROWS.map(({ entry }) => entry))];

describe('what an application gets', () => {
  it.each(rows)('with $what is no larger than it was', async ({ entry, names, budget, ceiling }) => {
    const size = await sizeOf(entry, names);
    expect(size).toBeLessThanOrEqual(ceiling);
    // a budget that is met stays met
    if (budget !== undefined && size <= budget) expect(ceiling, 'lower this ceiling to the budget').toBe(budget);
  });

  it.each(entries)('with an import of mqtt311%s that it does not use is nothing', async (entry) => {
    expect(await unusedSizeOf(entry)).toBe(0);
  });

  it.each(entries)(
    'with one export of mqtt311%s is little, or nearly all of it, or stands in the table',
    async (entry) => {
      const listed = SIZE_ROWS.filter((row) => row.entry === entry).flatMap(({ names }) =>
        names?.length === 1 ? names : [],
      );
      const others = (await namesOf(entry)).filter((name) => !listed.includes(name));
      const most = (await sizeOf(entry, undefined)) * NEARLY_ALL;
      const sizes = await Promise.all(others.map(async (name) => ({ name, size: await sizeOf(entry, [name]) })));
      expect(sizes.filter(({ size }) => size > SMALL && size < most)).toEqual([]);
    },
  );
});
