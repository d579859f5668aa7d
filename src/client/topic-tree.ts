// 4.7 Topic Filters by the thousand: the tree of their levels, and the holders of those that match a Topic Name.

/** What filters have in common up to some level, and the holders of the filter that ends there. */
class Node<T> {
  readonly below = new Map<string, Node<T>>();
  readonly holders = new Map<T, number>(); // with the number of their `add`
}

/** Topics whose holders are remembered, at most, and the characters that each of them may have. */
const REMEMBERED = 1_000;
const SHORT = 200;

/** Topic Filters and their holders. The time of `find` grows with the levels of a topic, not with the filters. */
export class TopicTree<T> {
  private readonly root = new Node<T>();
  private readonly known = new Map<string, readonly T[]>(); // the same topics come again and again
  private added = 0;

  add(topicFilter: string, holder: T): void {
    this.added += 1;
    this.nodesOf(topicFilter.split('/')).pop()!.holders.set(holder, this.added);
  }

  /** Takes back an `add`. Returns whether the filter has no holder any more. */
  delete(topicFilter: string, holder: T): boolean {
    const levels = topicFilter.split('/');
    const nodes = this.nodesOf(levels);
    const { holders } = nodes[levels.length]!;
    holders.delete(holder);
    for (let i = levels.length; i > 0 && nodes[i]!.holders.size + nodes[i]!.below.size === 0; i--)
      nodes[i - 1]!.below.delete(levels[i - 1]!);
    return holders.size === 0;
  }

  /** The holders of this very filter. */
  holdersOf(topicFilter: string): T[] {
    let node: Node<T> | undefined = this.root;
    for (const level of topicFilter.split('/')) node = node?.below.get(level);
    return node ? Array.from(node.holders.keys()) : [];
  }

  /** The holders of at least one filter that matches the topic [MQTT-4.7.3-4], in the order of `add`. */
  find(topic: string): readonly T[] {
    const { known } = this;
    let holders = known.get(topic);
    if (!holders) {
      if (known.size === REMEMBERED) known.clear();
      holders = this.search(topic);
      if (topic.length <= SHORT && this.root.below.size > 0) known.set(topic, holders);
    }
    return holders;
  }

  /** Lets go of the topics that were remembered. */
  forget(): void {
    this.known.clear();
  }

  /** The nodes of a filter that is about to change, from the root down. Those that are missing are made. */
  private nodesOf(levels: readonly string[]): Node<T>[] {
    let node = this.root;
    const nodes = [node];
    for (const level of levels) {
      const { below } = node;
      node = below.get(level) ?? new Node();
      below.set(level, node);
      nodes.push(node);
    }
    this.forget();
    return nodes;
  }

  private search(topic: string): readonly T[] {
    const ends: (Node<T> | undefined)[] = []; // of filters that match
    let nodes = [this.root];
    let isVisible = topic[0] !== '$'; // to a wildcard in the first level [MQTT-4.7.2-1]
    for (const level of topic.split('/')) {
      const next: (Node<T> | undefined)[] = [];
      for (const { below } of nodes) {
        next.push(below.get(level));
        if (!isVisible) continue;
        next.push(below.get('+'));
        ends.push(below.get('#'));
      }
      nodes = next.filter((node) => node !== undefined);
      isVisible = true;
    }
    for (const node of nodes) ends.push(node, node.below.get('#')); // also the parent: `sport/#` matches `sport` (4.7.1.2)
    const found = new Map(ends.flatMap((end) => (end ? Array.from(end.holders) : [])));
    return Array.from(found)
      .sort(([, a], [, b]) => a - b)
      .map(([holder]) => holder);
  }
}
