// The entry points of package.json, and the file of src behind each.
import { readFileSync } from 'node:fs';

export interface Entry {
  /** What stands behind `mqtt311` in an import: '', '/codec', … */
  readonly name: string;
  /** The file below `src` and below `dist`, without its ending: `codec/codec`. */
  readonly file: string;
}

const { exports }: { exports: Record<string, { default?: string }> } = JSON.parse(readFileSync('package.json', 'utf8'));

export const ENTRIES: readonly Entry[] = Object.entries(exports).flatMap(([name, { default: target }]) =>
  target === undefined ? [] : [{ name: name.slice(1), file: target.replace(/^\.\/dist\/(.*)\.js$/, '$1') }],
);

/** Those that run everywhere. The others are for Node, with packages of its registry. */
export const PORTABLE_ENTRIES: readonly Entry[] = ENTRIES.filter(({ file }) => !file.startsWith('cli/'));
