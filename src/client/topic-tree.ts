// 4.7 Topic Filters by the thousand: who holds one that matches a Topic Name.

/** What filters have in common up to some level, and who holds the filter that ends there. */
interface Node<T> {
  readonly below: Map<string, Node<T>>;
  /** By when they came. */
  readonly holders: Map<T, number>;
}

/** Topic Filters and who holds them. The time of `find` grows with the levels of a topic, not with the filters. */
export interface Filters<T> {
  add(topicFilter: string, holder: T): void;
  /** Takes back an `add`. Returns whether nobody holds the filter any more. */
  delete(topicFilter: string, holder: T): boolean;
  /** Who holds at least one filter that matches the topic [MQTT-4.7.3-4], in the order of `add`. */
  find(topic: string): readonly T[];
}

/** Topics whose holders are remembered. */
const REMEMBERED = 1_000;

export function createFilters<T>(): Filters<T> {
  const root = createNode<T>();
  const known = new Map<string, readonly T[]>(); // topics come again and again (measured)
  let added = 0;

  function search(topic: string): readonly T[] {
    const found = new Map<T, number>();
    const take = (node: Node<T> | undefined) =>
      node?.holders.forEach((number, holder) => void found.set(holder, number));
    let nodes = [root];
    let isVisible = topic[0] !== '$'; // to a wildcard in the first level [MQTT-4.7.2-1]
    for (const level of topic.split('/')) {
      const next: Node<T>[] = [];
      for (const { below } of nodes) {
        if (isVisible) take(below.get('#'));
        for (const node of [below.get(level), isVisible && below.get('+')]) if (node) next.push(node);
      }
      nodes = next;
      isVisible = true;
    }
    for (const node of nodes) {
      take(node);
      take(node.below.get('#')); // also the parent: `sport/#` matches `sport` (4.7.1.2)
    }
    return [...found].sort(([, a], [, b]) => a - b).map(([holder]) => holder);
  }

  return {
    add(topicFilter, holder) {
      let node = root;
      for (const level of topicFilter.split('/')) {
        const next = node.below.get(level) ?? createNode<T>();
        node.below.set(level, next);
        node = next;
      }
      added += 1;
      node.holders.set(holder, added);
      known.clear();
    },

    delete(topicFilter, holder) {
      const levels = topicFilter.split('/');
      const path = [root];
      for (const level of levels) path.push(path[path.length - 1]!.below.get(level)!);
      const last = path[levels.length]!;
      last.holders.delete(holder);
      for (let i = levels.length; i > 0 && path[i]!.holders.size + path[i]!.below.size === 0; i--)
        path[i - 1]!.below.delete(levels[i - 1]!);
      known.clear();
      return last.holders.size === 0;
    },

    find(topic) {
      let holders = known.get(topic);
      if (holders === undefined) {
        if (known.size === REMEMBERED) known.clear();
        holders = search(topic);
        known.set(topic, holders);
      }
      return holders;
    },
  };
}

function createNode<T>(): Node<T> {
  return { below: new Map(), holders: new Map() };
}
