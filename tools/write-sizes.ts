// npm run size: bytes in a bundle, minified and compressed, of every entry point and of each of its exports.
import { PORTABLE_ENTRIES } from './entries.ts';
import { namesOf, SIZE_ROWS, sizeOf } from './sizes.ts';

const print = (size: number, what: string) => console.log(`${String(size).padStart(6)}  ${what}`);

for (const row of SIZE_ROWS) {
  const what = row.imports.map(([entry, ...names]) => `${names.join(' ') || 'all'} of mqtt311${entry}`).join(', ');
  print(await sizeOf(row), `${what}${row.isFast ? ', fast' : ''} (at most ${row.limit})`);
}
for (const { name: entry } of PORTABLE_ENTRIES) {
  console.log(`\nmqtt311${entry}`);
  for (const name of await namesOf(entry)) print(await sizeOf({ imports: [[entry, name]] }), name);
}
