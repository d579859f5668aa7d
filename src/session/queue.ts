// First come, first served, where any may leave before.

export interface Queue<T> extends Set<T> {
  /** Some of it, the first one last: `firstOf` alone looks at it. */
  line?: T[] | undefined;
}

/**
 * Who is first, at once: an iterator steps over all who have gone, each time anew (measured). Nobody may come back
 * before `firstOf` has seen that he was gone.
 */
export function firstOf<T>(queue: Queue<T>): T | undefined {
  let { line = [] } = queue;
  for (; queue.size > 0; line.pop()) {
    if (line.length === 0) queue.line = line = [...queue].reverse();
    const first = line[line.length - 1]!;
    if (queue.has(first)) return first;
  }
  if (queue.line) queue.line = undefined; // holds on to nobody
  return undefined;
}
