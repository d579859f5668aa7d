// npm run size: bytes in a bundle, minified and compressed, of every entry point and of each of its exports.
import { codecSizeWith, namesOf, PLAIN_PAGES, SIZE_ROWS, sizeOf } from './sizes.ts';

const print = (size: number, what: string) => console.log(`${String(size).padStart(6)}  ${what}`);

for (const { entry, names, budget, ceiling } of SIZE_ROWS) {
  const limit = budget === undefined ? '' : `, budget ${budget}`;
  print(await sizeOf(entry, names), `mqtt311${entry} ${names?.join(' ') ?? ''} (ceiling ${ceiling}${limit})`);
}
for (const entry of new Set(SIZE_ROWS.map((row) => row.entry))) {
  console.log(`\nmqtt311${entry}`);
  for (const name of await namesOf(entry)) print(await sizeOf(entry, [name]), name);
}

console.log('\nmqtt311/codec');
for (const plain of [...PLAIN_PAGES.map((page) => [page]), PLAIN_PAGES])
  print(await codecSizeWith({ plain, silent: false }), `with ${plain.join(' ')} of bench/plain`);
print(await codecSizeWith({ plain: [], silent: true }), 'with errors that say nothing');
print(await codecSizeWith({ plain: PLAIN_PAGES, silent: true }), 'with both');
