// Where in a text something is wrong.

/** Text that is not in a form, and where it leaves it. */
export class NotInForm extends Error {}

export function characterAt(text: string, index: number): string {
  return `'${String.fromCodePoint(text.codePointAt(index)!)}' ${placeOf(text, index)}`;
}

/** Counted from 1, as editors do. */
export function placeOf(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n');
  const character = `character ${lines[lines.length - 1]!.length + 1}`;
  return text.trimEnd().indexOf('\n') === -1 ? `at ${character}` : `at line ${lines.length}, ${character}`;
}
