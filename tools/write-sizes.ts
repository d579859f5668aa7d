// npm run size: bytes in a bundle, minified and compressed, of every entry point and of each of its exports.
import { namesOf, SIZE_ROWS, sizeOf } from './sizes.ts';

const print = (size: number, what: string) => console.log(`${String(size).padStart(6)}  ${what}`);

for (const { entry, names, budget, ceiling } of SIZE_ROWS) {
  const limit = budget === undefined ? '' : `, budget ${budget}`;
  print(await sizeOf(entry, names), `mqtt311${entry} ${names?.join(' ') ?? ''} (ceiling ${ceiling}${limit})`);
}
for (const entry of new Set(SIZE_ROWS.map((row) => row.entry))) {
  console.log(`\nmqtt311${entry}`);
  for (const name of await namesOf(entry)) print(await sizeOf(entry, [name]), name);
}
