// Diagrams of the documents, made from the tables that the program runs on.

/** A row of a table of states. */
export interface Arrow {
  readonly from: string;
  /** What happens in the state `from`. */
  readonly event: string;
  readonly to: string;
  /** What the program does about it, if anything. */
  readonly note?: string | undefined;
}

/** What `<!-- diagram: NAME -->` shows in a document, by NAME: the text of a Mermaid diagram. */
export const DIAGRAMS: Readonly<Record<string, () => string>> = {};

/**
 * A Mermaid state diagram. Rows between the same two states share an arrow, which has one line for each of them.
 *
 * @param ends names of states that are drawn as the point where all begins or as the point where all ends
 */
export function stateDiagram(rows: readonly Arrow[], ends: readonly string[] = []): string {
  const states = [...new Set(rows.flatMap(({ from, to }) => [from, to]))].filter((name) => !ends.includes(name));
  const ids = new Map(states.map((name) => [name, name.replace(/\W+/g, '_')]));
  if (new Set(ids.values()).size < ids.size) throw new Error(`two of these names look alike: ${states.join('; ')}`);
  const arrows = new Map<string, string[]>();
  for (const { from, event, to, note } of rows) {
    const label = note ? `${event} / ${note}` : event;
    if (/[;\n]/.test(label)) throw new Error(`Mermaid cannot show '${label}'`);
    const arrow = `${ids.get(from) ?? '[*]'} --> ${ids.get(to) ?? '[*]'}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), label]);
  }
  const named = [...ids].filter(([name, id]) => name !== id).map(([name, id]) => `state "${name}" as ${id}`);
  const drawn = [...arrows].map(([arrow, labels]) => `${arrow} : ${labels.join('<br>')}`);
  return ['stateDiagram-v2', ...[...named, ...drawn].map((line) => `  ${line}`)].join('\n');
}
